package org.ijepa.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Machines that a run is planned on, as they were measured; keys and units stand in {@code
 * ijepa-machine.conf}.
 *
 * @param name for the output
 * @param devices trainers of a node
 */
public record MachineSettings(
    String name,
    int devices,
    Compute compute,
    Network network,
    Input input,
    Checkpointing checkpoint,
    Failures failures,
    Price price) {

  /** The defaults' resource. */
  static final String REFERENCE = "ijepa-machine.conf";

  /** How gradients are summed. */
  public enum CollectiveKind {
    /** Each link carries 2 (n - 1) / n of the gradient. */
    RING,
    /** Each link carries the gradient twice. */
    CHAIN
  }

  /** Speed of a device. */
  public record Compute(
      double flops,
      OptionalDouble microBatchSeconds,
      double overheadSeconds,
      double spread,
      double slowdown,
      double memoryBandwidth,
      double commitSeconds) {
    public Compute {
      Check.positive("machine.compute.flops", flops);
      microBatchSeconds.ifPresent(
          seconds -> Check.positive("machine.compute.micro-batch", seconds));
      Check.notNegative("machine.compute.overhead", overheadSeconds);
      Check.notNegative("machine.compute.spread", spread);
      Check.positive("machine.compute.slowdown", slowdown);
      Check.positive("machine.compute.memory-bandwidth", memoryBandwidth);
      Check.notNegative("machine.compute.commit", commitSeconds);
    }
  }

  /**
   * Links between devices.
   *
   * @param gradientBytes of an element; empty: as the run's settings say
   */
  public record Network(
      CollectiveKind collective,
      double bandwidth,
      double latency,
      double deviceBandwidth,
      double deviceLatency,
      OptionalInt gradientBytes) {
    public Network {
      Check.positive("machine.network.bandwidth", bandwidth);
      Check.notNegative("machine.network.latency", latency);
      Check.positive("machine.network.device-bandwidth", deviceBandwidth);
      Check.notNegative("machine.network.device-latency", deviceLatency);
      gradientBytes.ifPresent(bytes -> Check.atLeast("machine.network.gradient-bytes", bytes, 1));
    }
  }

  /** Store and decoders. */
  public record Input(
      double imageBytes,
      double nodeBandwidth,
      double storeBandwidth,
      double requestLatency,
      double decodeRate,
      int decodeCores,
      double spread) {
    public Input {
      Check.positive("machine.input.image-bytes", imageBytes);
      Check.positive("machine.input.node-bandwidth", nodeBandwidth);
      Check.positive("machine.input.store-bandwidth", storeBandwidth);
      Check.positive("machine.input.request-latency", requestLatency);
      Check.positive("machine.input.decode-rate", decodeRate);
      Check.atLeast("machine.input.decode-cores", decodeCores, 0);
      Check.notNegative("machine.input.spread", spread);
    }
  }

  /** What a checkpoint costs. */
  public record Checkpointing(double copyBandwidth, double writeBandwidth) {
    public Checkpointing {
      Check.positive("machine.checkpoint.copy-bandwidth", copyBandwidth);
      Check.positive("machine.checkpoint.write-bandwidth", writeBandwidth);
    }
  }

  /** What fails, how often, and what that costs. */
  public record Failures(
      Duration nodeMtbf,
      Duration outageMtbf,
      boolean survivorsGoOn,
      Duration regroup,
      Duration replacement,
      Duration restart) {
    public Failures {
      positive("machine.failures.node-mtbf", nodeMtbf);
      positive("machine.failures.outage-mtbf", outageMtbf);
    }

    private static void positive(String key, Duration value) {
      if (value.isZero() || value.isNegative()) {
        throw ConfigurationError.of(key, Values.text(value), "be above 0");
      }
    }
  }

  /** What it costs. */
  public record Price(double nodeHour, String currency, double millionRequests) {
    public Price {
      Check.notNegative("machine.price.node-hour", nodeHour);
      Check.notNegative("machine.price.million-requests", millionRequests);
    }
  }

  public MachineSettings {
    Check.atLeast("machine.devices", devices, 1);
  }

  /** All keys that are known. */
  public static List<String> keys() {
    return Layers.keys(REFERENCE);
  }

  /**
   * Reads the defaults, then {@code file}, then {@code sets} over them.
   *
   * @throws ConfigurationError at the first thing that is wrong
   */
  public static MachineSettings load(Optional<Path> file, List<String> sets) {
    Layers layers = Layers.load(REFERENCE, file, sets);
    try {
      return read(new TypedValues(layers));
    } catch (ConfigurationError e) {
      throw e.from(Layers.origin(layers.get(e.key())));
    }
  }

  private static MachineSettings read(TypedValues values) {
    return new MachineSettings(
        values.text("machine.name"),
        values.whole("machine.devices"),
        new Compute(
            values.number("machine.compute.flops"),
            values.numberOr("machine.compute.micro-batch", "none"),
            values.number("machine.compute.overhead"),
            values.number("machine.compute.spread"),
            values.number("machine.compute.slowdown"),
            values.number("machine.compute.memory-bandwidth"),
            values.number("machine.compute.commit")),
        new Network(
            values.choice("machine.network.collective", CollectiveKind.class),
            values.number("machine.network.bandwidth"),
            values.number("machine.network.latency"),
            values.number("machine.network.device-bandwidth"),
            values.number("machine.network.device-latency"),
            values.wholeOr("machine.network.gradient-bytes", "auto")),
        new Input(
            values.number("machine.input.image-bytes"),
            values.number("machine.input.node-bandwidth"),
            values.number("machine.input.store-bandwidth"),
            values.number("machine.input.request-latency"),
            values.number("machine.input.decode-rate"),
            values.whole("machine.input.decode-cores"),
            values.number("machine.input.spread")),
        new Checkpointing(
            values.number("machine.checkpoint.copy-bandwidth"),
            values.number("machine.checkpoint.write-bandwidth")),
        new Failures(
            values.duration("machine.failures.node-mtbf"),
            values.duration("machine.failures.outage-mtbf"),
            values.flag("machine.failures.survivors-go-on"),
            values.duration("machine.failures.regroup"),
            values.duration("machine.failures.replacement"),
            values.duration("machine.failures.restart")),
        new Price(
            values.number("machine.price.node-hour"),
            values.text("machine.price.currency"),
            values.number("machine.price.million-requests")));
  }
}
