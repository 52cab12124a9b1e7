package org.ijepa.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ijepa.vit.StepCost;

/** What was measured of a training step, and of the peer's in the same rounds. */
public final class StepTimes {
  private static final double TERA = 1e12;

  private final StepWork work;
  private final List<OwnStep.Sample> samples;
  private final Optional<Peer> peer;
  private final long peakMebibytes;
  private final double productPeak;

  /**
   * The same work in plain PyTorch.
   *
   * @param version of PyTorch
   * @param millis of its steps
   * @param peakMebibytes that its process had resident at most
   */
  public record Peer(String version, List<Double> millis, long peakMebibytes) {
    /** Median milliseconds of a step. */
    public double median() {
      return Quantiles.median(array(millis));
    }
  }

  StepTimes(
      StepWork work,
      List<OwnStep.Sample> samples,
      Optional<Peer> peer,
      long peakMebibytes,
      double productPeak) {
    this.work = work;
    this.samples = List.copyOf(samples);
    this.peer = peer;
    this.peakMebibytes = peakMebibytes;
    this.productPeak = productPeak;
  }

  private double[] own() {
    return samples.stream().mapToDouble(OwnStep.Sample::millis).toArray();
  }

  /** Median milliseconds of a step. */
  public double median() {
    return Quantiles.median(own());
  }

  /** Least milliseconds of a step. */
  public double min() {
    return Arrays.stream(own()).min().orElseThrow();
  }

  /** Most milliseconds of a step. */
  public double max() {
    return Arrays.stream(own()).max().orElseThrow();
  }

  /** Median milliseconds of each phase, in their order. */
  public Map<String, Double> phases() {
    Map<String, Double> medians = new LinkedHashMap<>();
    for (String phase : samples.get(0).phases().keySet()) {
      medians.put(
          phase,
          Quantiles.median(
              samples.stream().mapToDouble(sample -> sample.phases().get(phase)).toArray()));
    }
    return medians;
  }

  /** Images a second, at the median. */
  public double imagesPerSecond() {
    return work.batch() * 1e3 / median();
  }

  /** TFLOP/s of matrix products, at the median. */
  public double teraflops() {
    StepCost cost = StepCost.of(work.geometry(), work.context(), work.targets(), work.target());
    return cost.total() * imagesPerSecond() / TERA;
  }

  /** TFLOP/s that a large square product of the step's type reached on this machine. */
  public double peakTeraflops() {
    return productPeak / TERA;
  }

  /** MiB that this process had resident at most; 0 where the system does not tell. */
  public long peakMebibytes() {
    return peakMebibytes;
  }

  /** The peer's times, if there was one. */
  public Optional<Peer> peer() {
    return peer;
  }

  /** Median of the rounds' ratios, own by peer. */
  public double ratio() {
    return Quantiles.median(ratios());
  }

  /** Lower and upper quartile of the rounds' ratios. */
  public double[] ratioQuartiles() {
    return Quantiles.quartiles(ratios());
  }

  private double[] ratios() {
    double[] own = own();
    double[] other = array(peer.orElseThrow().millis());
    return IntStream.range(0, own.length).mapToDouble(i -> own[i] / other[i]).toArray();
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
