package org.ijepa.bench;

import java.util.Arrays;

/** Milliseconds of steps, the own ones and the peer's in the same rounds. */
public final class StepTimes {
  private final double[] own;
  private final double[] peer;
  private final String peerVersion;
  private final long peerPeakMebibytes;

  StepTimes(double[] own, double[] peer, String peerVersion, long peerPeakMebibytes) {
    this.own = own;
    this.peer = peer;
    this.peerVersion = peerVersion;
    this.peerPeakMebibytes = peerPeakMebibytes;
  }

  /** Median milliseconds of an own step. */
  public double own() {
    return StepBenchmark.median(own);
  }

  /** Whether there was a peer. */
  public boolean compared() {
    return peer.length > 0;
  }

  /** Median milliseconds of the peer's step. */
  public double peer() {
    return StepBenchmark.median(peer);
  }

  /** Median of the rounds' ratios, own by peer. */
  public double ratio() {
    return StepBenchmark.median(ratios());
  }

  /** Lower and upper quartile of the rounds' ratios. */
  public double[] ratioQuartiles() {
    double[] sorted = ratios();
    Arrays.sort(sorted);
    return new double[] {sorted[sorted.length / 4], sorted[(3 * sorted.length) / 4]};
  }

  private double[] ratios() {
    double[] ratios = new double[own.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = own[i] / peer[i];
    }
    return ratios;
  }

  /** PyTorch's version in the peer. */
  public String peerVersion() {
    return peerVersion;
  }

  /** MiB that the peer had resident at most. */
  public long peerPeakMebibytes() {
    return peerPeakMebibytes;
  }
}
