package org.ijepa.plan;

import java.util.EnumMap;
import java.util.Map;
import org.ijepa.settings.MachineSettings;
import org.ijepa.settings.MachineSettings.CollectiveKind;

/** Times of the parts of a step, all in seconds, where nothing varies and nobody waits. */
final class Costs {
  /** What brings images in, and may be too slow. */
  enum Supply {
    DECODING("decoding"),
    REQUESTS("requests in flight (pipeline.fetch.parallelism)"),
    NODE_BANDWIDTH("the node's bandwidth to the store"),
    STORE_BANDWIDTH("the store's bandwidth");

    private final String words;

    Supply(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /** Weights and moments are read and written, the gradient is read. */
  private static final int PASSES_OF_UPDATE = 7;

  /** The average is read and written, the weights are read. */
  private static final int PASSES_OF_AVERAGE = 3;

  /** Of the chain. */
  private static final int CHUNK_ELEMENTS = 1 << 16;

  private final Workload work;
  private final MachineSettings machine;

  Costs(Workload work, MachineSettings machine) {
    this.work = work;
    this.machine = machine;
  }

  /** Mean time of a micro-batch on a device. */
  double microBatch() {
    MachineSettings.Compute compute = machine.compute();
    double computing =
        compute
            .microBatchSeconds()
            .orElse(compute.overheadSeconds() + work.microBatch() * work.flops() / compute.flops());
    boolean decodesToo = machine.input().decodeCores() == 0;
    double decoding =
        decodesToo ? work.microBatch() * machine.devices() / machine.input().decodeRate() : 0;
    return compute.slowdown() * (computing + decoding);
  }

  /** AdamW and the moving average. */
  double update() {
    double bytes =
        Float.BYTES * (PASSES_OF_UPDATE * work.trained() + PASSES_OF_AVERAGE * work.averaged());
    return machine.compute().slowdown() * bytes / machine.compute().memoryBandwidth();
  }

  /** The sum of all gradients. */
  double allReduce(int nodes) {
    int devices = nodes * machine.devices();
    if (devices == 1) {
      return 0;
    }
    MachineSettings.Network network = machine.network();
    int each = network.gradientBytes().orElse(work.gradientBytes());
    double bytes = each * work.trained();
    double slowest =
        nodes == 1
            ? network.deviceBandwidth()
            : Math.min(network.bandwidth(), network.deviceBandwidth());
    double hopsBetween = nodes == 1 ? 0 : nodes;
    double latency =
        hopsBetween * network.latency() + (devices - hopsBetween) * network.deviceLatency();
    // The latencies of the links of a ring less one, there and back.
    double latencies = 2.0 * (devices - 1) / devices * latency;
    if (network.collective() == CollectiveKind.RING) {
      return 2.0 * (devices - 1) / devices * bytes / slowest + latencies;
    }
    double filling =
        2.0 * (devices - 1) * Math.min((double) each * CHUNK_ELEMENTS, bytes) / slowest;
    return 2 * bytes / slowest + filling + latencies;
  }

  /** Images a second that each of the supplies gives to a device. */
  Map<Supply, Double> supplies(int nodes) {
    MachineSettings.Input input = machine.input();
    int devices = machine.devices();
    Map<Supply, Double> rates = new EnumMap<>(Supply.class);
    if (input.decodeCores() > 0) {
      rates.put(Supply.DECODING, input.decodeRate() * input.decodeCores() / devices);
    }
    rates.put(Supply.REQUESTS, work.fetches() / input.requestLatency());
    rates.put(Supply.NODE_BANDWIDTH, input.nodeBandwidth() / input.imageBytes() / devices);
    rates.put(
        Supply.STORE_BANDWIDTH,
        input.storeBandwidth() / input.imageBytes() / ((double) nodes * devices));
    return rates;
  }

  /** The slowest of the supplies. */
  Supply scarcest(int nodes) {
    return supplies(nodes).entrySet().stream()
        .min(Map.Entry.comparingByValue())
        .orElseThrow()
        .getKey();
  }

  /** Mean time in which a micro-batch comes in. */
  double microBatchInput(int nodes) {
    return work.microBatch() / supplies(nodes).get(scarcest(nodes));
  }

  /** Training stands still while the state is copied. */
  double copy() {
    return work.stateBytes() / machine.checkpoint().copyBandwidth();
  }

  /** The copy is written while training goes on. */
  double write() {
    return work.stateBytes() / machine.checkpoint().writeBandwidth();
  }

  /** A newcomer gets the state from a survivor. */
  double join() {
    return work.stateBytes() / machine.network().bandwidth();
  }
}
