package org.ijepa.node;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.coordinator.RunListener;
import org.ijepa.digest.Sha256;
import org.ijepa.mask.MaskShape;
import org.ijepa.replica.StepTrial;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Role;
import org.ijepa.settings.Settings;
import org.ijepa.store.StoreException;
import org.ijepa.store.StoreException.Kind;
import org.ijepa.vit.StepMemory;

/**
 * What {@code optimization.micro-batch = auto} stands for in a run: the largest divisor of the mask
 * group of which a step with the longest masks fits on every device of the node that finds it out.
 * That is settled once, in the checkpoint store, for all nodes and all later starts.
 */
final class MicroBatchChoice {
  private static final String AUTO = Settings.MICRO_BATCH + " = auto: ";
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** What a trial leaves free: for what a run has besides, and for memory in pieces too small. */
  private static final double MARGIN = 0.05;

  /** As above for host memory, which pixels, the heap and other processes share. */
  private static final double HOST_MARGIN = 0.1;

  private final Settings settings;
  private final Devices devices;
  private final CheckpointStore checkpoints;
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
   * @param trials what makes steps of it
   */
  MicroBatchChoice(
      Settings settings,
      Devices devices,
      CheckpointStore checkpoints,
      RunListener listener,
      Function<StepTrial, Trial> trials) {
    this.settings = settings;
    this.devices = devices;
    this.checkpoints = checkpoints;
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
    Optional<String> stored = stored();
    if (stored.isEmpty() && settings.cluster().roles().contains(Role.TRAINER)) {
      int found = largest();
      String agreed = checkpoints.marks().settle(key(), Integer.toString(found), claimant);
      listener.noted(AUTO + agreed + " images, stored with the run");
      return with(agreed, "auto: the largest that fitted when it was tried");
    }
    String number = stored.isPresent() ? stored.get() : await();
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

  /** The number that the run's checkpoints or an earlier start have. */
  private Optional<String> stored() {
    List<CheckpointName> names = checkpoints.complete();
    for (int i = names.size() - 1; i >= 0; i--) {
      try {
        JsonNode state = checkpoints.state(names.get(i));
        return state
            .path("meaning")
            .asText()
            .lines()
            .filter(MicroBatchChoice::isOurs)
            .map(line -> line.substring(line.indexOf('=') + 1).strip())
            .findFirst();
      } catch (IOException | StoreException e) {
        // Damaged ones are named and set aside where they are read to go on from.
        if (StoreException.of(e).filter(known -> known.kind() != Kind.NOT_FOUND).isPresent()) {
          throw Preflight.unusable(e);
        }
      }
    }
    return checkpoints.marks().settled(key());
  }

  private static boolean isOurs(String line) {
    return line.startsWith(Settings.MICRO_BATCH + " ");
  }

  /** What the number depends on, so that it is found anew where this has changed. */
  private String key() {
    String rest =
        settings.meaning().lines().filter(line -> !isOurs(line)).collect(Collectors.joining("\n"))
            + settings.optimization().activationCheckpointing();
    return "micro-batch-" + Sha256.hex(rest.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /** Waits for a node that trains. */
  private String await() throws InterruptedException {
    listener.noted(AUTO + "waiting for a node that trains to find what fits");
    Optional<String> settled = checkpoints.marks().settled(key());
    while (settled.isEmpty()) {
      Thread.sleep(LOOK.toMillis());
      settled = checkpoints.marks().settled(key());
    }
    return settled.get();
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
