package org.ijepa.node;

import ai.djl.Device;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ijepa.checkpoint.StoreMarks;
import org.ijepa.coordinator.RunListener;
import org.ijepa.mask.MaskShape;
import org.ijepa.replica.StepTrial;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Role;
import org.ijepa.settings.Settings;
import org.ijepa.vit.StepMemory;

/**
 * What {@code optimization.micro-batch = auto} stands for in a run: the largest divisor of the mask
 * group of which a step with the longest masks fits on every device of the node that finds it out.
 * That is settled once, in the checkpoint store, for all nodes and all later starts.
 */
final class MicroBatchChoice {
  private static final String AUTO = Settings.MICRO_BATCH + " = auto: ";

  /** What a trial leaves free: for what a run has besides, and for memory in pieces too small. */
  private static final double MARGIN = 0.05;

  /** As above for host memory, which pixels, the heap and other processes share. */
  private static final double HOST_MARGIN = 0.1;

  private final Settings settings;
  private final Devices devices;
  private final StoredChoice choice;
  private final RunListener listener;
  private final Function<StepTrial, Trial> trials;

  /** A step on a device, as {@link StepTrial#run} makes it. */
  interface Trial {
    /** Makes a step. */
    void run(Device device, int images, long reserve);
  }

  /**
   * The choice for a run.
   *
   * @param settings with the precision settled
   * @param begun meaning that the run has in its checkpoints, if it has any
   * @param marks beside them
   * @param trials what makes steps of it
   */
  MicroBatchChoice(
      Settings settings,
      Devices devices,
      Optional<String> begun,
      StoreMarks marks,
      RunListener listener,
      Function<StepTrial, Trial> trials) {
    this.settings = settings;
    this.devices = devices;
    String rest =
        StoredChoice.without(settings.meaning(), Settings.MICRO_BATCH)
            + settings.optimization().activationCheckpointing();
    choice = new StoredChoice(Settings.MICRO_BATCH, "micro-batch", rest, begun, marks);
    this.listener = listener;
    this.trials = trials;
  }

  /**
   * The settings with a number: as they are where one is written there.
   *
   * @param claimant unlike any other node's
   * @throws org.ijepa.failure.Failure if not even one image fits
   */
  Settings settle(String claimant) throws InterruptedException {
    if (!settings.isAuto(Settings.MICRO_BATCH)) {
      return settings;
    }
    Optional<String> stored = choice.stored();
    if (stored.isEmpty() && settings.cluster().roles().contains(Role.TRAINER)) {
      int found = largest();
      String agreed = choice.settle(Integer.toString(found), claimant);
      listener.noted(AUTO + agreed + " images, stored with the run");
      return with(agreed, "auto: the largest that fitted when it was tried");
    }
    if (stored.isEmpty()) {
      listener.noted(AUTO + "waiting for a node that trains to find what fits");
    }
    String number = stored.isPresent() ? stored.get() : choice.await();
    listener.noted(AUTO + number + " images, as stored with the run");
    return with(number, "auto: stored with the run");
  }

  private Settings with(String number, String origin) {
    int images = Integer.parseInt(number);
    // Of other settings, which are refused with their names later.
    return settings.mask().groupSize() % images == 0
        ? settings.withMicroBatch(images, origin)
        : settings;
  }

  private int largest() {
    MaskShape masks = Models.largestMasks(settings);
    int targets = settings.mask().targets();
    StepMemory memory = Models.memory(settings, masks);
    Trial trial =
        trials.apply(
            new StepTrial(
                Models.geometry(settings),
                Models.replica(settings),
                new StepTrial.Masks(masks.context(), targets, masks.target()),
                settings.cluster().threads()));
    listener.noted(
        AUTO
            + "trying steps with contexts of %d patches and %d targets of %d"
                .formatted(masks.context(), targets, masks.target()));
    int most = settings.mask().groupSize();
    if (!devices.areGpus()) {
      return search(hostEstimate(memory), images -> trial.run(Device.cpu(), images, 0)).find(most);
    }
    List<Device> all = devices.trainers(settings.cluster().trainers());
    for (int i = 0; i < all.size(); i++) {
      Device device = all.get(i);
      long bytes = devices.gpus().get(i).bytes();
      LargestMicroBatch.Estimate estimate =
          new LargestMicroBatch.Estimate(
              memory.total(0) + reserve(1, bytes), memory.image(), bytes, false);
      most =
          search(estimate, images -> trial.run(device, images, reserve(images, bytes))).find(most);
    }
    return most;
  }

  private LargestMicroBatch search(
      LargestMicroBatch.Estimate estimate, LargestMicroBatch.Trial trial) {
    return new LargestMicroBatch(
        settings.mask().groupSize(), estimate, trial, line -> listener.noted(AUTO + line));
  }

  /** Memory that all trainers of this machine share: an estimate must do for the others. */
  private LargestMicroBatch.Estimate hostEstimate(StepMemory memory) {
    ClusterSettings cluster = settings.cluster();
    long beside =
        cluster.seedNodes().stream()
            .map(node -> node.substring(0, node.lastIndexOf(':')))
            .filter(host -> isHere(host, cluster.host()))
            .count();
    double replicas = cluster.trainers() * (double) Math.max(1, beside);
    return new LargestMicroBatch.Estimate(
        replicas * (memory.total(0) + canonicalBytes(1) + Models.copyBytes(settings)),
        replicas * memory.image(),
        (1 - HOST_MARGIN) * HostMemory.available(),
        true);
  }

  private static boolean isHere(String host, String self) {
    return host.equals(self) || (NetworkGuard.isLoopback(self) && NetworkGuard.isLoopback(host));
  }

  private long reserve(int images, long bytes) {
    return (long) (canonicalBytes(images) + MARGIN * bytes);
  }

  private double canonicalBytes(int images) {
    return Models.canonicalBytes(settings.withMicroBatch(images, ""));
  }
}
