package org.ijepa.node;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.kernel.Gpus;
import org.ijepa.kernel.Gpus.Gpu;
import org.ijepa.kernel.TensorFloat32;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Compute;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.Settings;

/** What a node computes on: its GPUs, a trainer on each, or the CPU. */
public final class Devices {
  private static final String INSTALL =
      "install a PyTorch for GPUs and tell its folder by IJEPA_TORCH (docs/gpu.md)";

  private final List<Gpu> gpus;
  private final BooleanSupplier processor;

  private Devices(List<Gpu> gpus, BooleanSupplier processor) {
    this.gpus = List.copyOf(gpus);
    this.processor = processor;
  }

  /**
   * The devices that {@code cluster.device} means on this machine.
   *
   * @throws Failure if GPUs are asked for that cannot be used
   */
  public static Devices of(Compute compute) {
    return of(compute, Gpus.present(), Gpus::isEngineFor, Processor::hasBfloat16);
  }

  /**
   * As above.
   *
   * @param present GPUs of the machine
   * @param engine whether the engine computes on GPUs, asked where there are some
   * @param processor whether the CPU multiplies matrices of bfloat16, asked where it is computed on
   */
  static Devices of(
      Compute compute, List<Gpu> present, BooleanSupplier engine, BooleanSupplier processor) {
    if (compute == Compute.CPU) {
      return new Devices(List.of(), processor);
    }
    boolean usable = !present.isEmpty() && engine.getAsBoolean();
    if (compute == Compute.GPU && !usable) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          present.isEmpty()
              ? "cluster.device = gpu, but this machine has no GPU that the CUDA driver knows"
              : "cluster.device = gpu, but the engine that is installed computes on CPUs alone",
          present.isEmpty() ? "set cluster.device = cpu, or install NVIDIA's driver" : INSTALL);
    }
    return new Devices(usable ? present : List.of(), processor);
  }

  /** What to say where GPUs lie idle; empty where none do. */
  public static Optional<String> idle(Compute compute) {
    return idle(compute, Gpus.present(), Gpus::isEngineFor);
  }

  static Optional<String> idle(Compute compute, List<Gpu> present, BooleanSupplier engine) {
    return compute != Compute.AUTO || present.isEmpty() || engine.getAsBoolean()
        ? Optional.empty()
        : Optional.of(
            "%d GPUs lie idle, as the engine that is installed computes on CPUs alone: %s"
                .formatted(present.size(), INSTALL));
  }

  /** Whether there are GPUs to compute on. */
  public boolean areGpus() {
    return !gpus.isEmpty();
  }

  /** The GPUs, by their numbers. */
  public List<Gpu> gpus() {
    return gpus;
  }

  /**
   * The settings without {@code auto} where the device decides: as many trainers as GPUs, with the
   * threads shared among them; the precision that the device is made for.
   *
   * @throws Failure if there are more trainers than GPUs
   */
  public Settings settled(Settings settings) {
    ClusterSettings cluster = settings.cluster();
    int trainers = cluster.trainers();
    if (areGpus() && settings.isAuto("cluster.trainers")) {
      trainers = gpus.size();
    }
    if (areGpus() && trainers > gpus.size()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "cluster.trainers = %d, but this machine has %d GPUs".formatted(trainers, gpus.size()),
          "set cluster.trainers = auto, or cluster.device = cpu");
    }
    int threads =
        settings.isAuto("cluster.threads")
            ? Math.max(1, Runtime.getRuntime().availableProcessors() / trainers)
            : cluster.threads();
    Settings settled = settings.withTrainers(trainers, threads);
    if (settled.optimization().precision() != Precision.AUTO) {
      return settled;
    }
    return areGpus()
        ? withPrecision(settled, gpus.subList(0, trainers))
        : processor.getAsBoolean()
            ? settled.withPrecision(Precision.BF16, "auto: this CPU multiplies bf16")
            : settled.withPrecision(
                Precision.FP32,
                "auto: this CPU does not multiply bf16 (" + Processor.BFLOAT16 + ")");
  }

  private static Settings withPrecision(Settings settings, List<Gpu> used) {
    return used.stream()
        .filter(gpu -> !gpu.hasBfloat16())
        .findFirst()
        .map(
            gpu ->
                settings.withPrecision(
                    Precision.FP32, "auto: the GPU " + gpu.name() + " does not multiply bf16"))
        .orElseGet(() -> settings.withPrecision(Precision.BF16, "auto: the GPUs multiply bf16"));
  }

  /**
   * Refuses settings whose step the memory of this machine, or of its GPUs, cannot hold.
   *
   * @throws Failure with what is needed and what is there
   */
  public void requireMemory(Settings settings) {
    Preflight.memory(settings, this, settings.isAuto(Settings.MICRO_BATCH));
  }

  /** Tells the engine, for all of this process, how GPUs are to multiply; of CPUs nothing. */
  public void multiply(Settings settings) {
    if (areGpus()) {
      TensorFloat32.allow(settings.optimization().tf32());
    }
  }

  /** Whether the first GPU, or else the CPU, multiplies bf16. */
  public boolean hasBfloat16() {
    return areGpus() ? gpus.get(0).hasBfloat16() : processor.getAsBoolean();
  }

  /** The first GPU, or the CPU. */
  public Device first() {
    return trainers(1).get(0);
  }

  /** The device of each trainer of this node, by its number. */
  public List<Device> trainers(int count) {
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      devices.add(areGpus() ? Device.gpu(i) : Device.cpu());
    }
    return devices;
  }
}
