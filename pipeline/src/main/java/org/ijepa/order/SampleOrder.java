package org.ijepa.order;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which sample stands at which place of a run: a pure function of the seed, the sources, the global
 * batch, the streams and the treatment of the tail.
 *
 * <p>Legend: G global batch, C streams, each of which gives G / C places to a step, one after
 * another. With one source, all of a stream's places are that source's, and n of its samples are
 * used an epoch: with {@link Tail#DROP} the largest multiple of G, with {@link Tail#CARRY} all.
 * With several, a keyed pattern deals each thousand places of a stream to them in exact shares
 * ({@link SourceShare}), and each source goes through all its samples in epochs of its own, one
 * following on the other.
 *
 * <p>Everything is computed in closed form: the last place of the longest run costs what the first
 * one costs, and memory is that of the shards at most. Safe for use by several threads.
 */
public final class SampleOrder {
  /** Samples that one stream gets of a step by default: the published batch of one GPU. */
  private static final int DEFAULT_SHARE = 128;

  private final int globalBatch;
  private final int streams;
  private final long samples;
  private final long steps;
  private final List<SourceOrder> sources;

  /** Only where there is more than one source. */
  private final Optional<Mixture> mixture;

  /** The order of a run whose samples stand by themselves; see below. */
  public SampleOrder(long seed, long samples, int globalBatch, int streams, Tail tail) {
    this(seed, samples, globalBatch, streams, tail, Shards.NONE);
  }

  /** The order of a run with one source; see below. */
  public SampleOrder(
      long seed, long samples, int globalBatch, int streams, Tail tail, Shards shards) {
    this(seed, List.of(SourceShare.only(samples, shards)), globalBatch, streams, tail);
  }

  /**
   * The order of a run.
   *
   * @param seed the run's seed
   * @param shares the sources
   * @param globalBatch G, samples a step
   * @param streams C, must divide G
   * @param tail what becomes of samples that fill no global batch; of several sources none fills
   *     one by itself, so that only {@link Tail#CARRY} makes sense
   * @throws IllegalArgumentException if these do not go together; the message names what would
   */
  public SampleOrder(long seed, List<SourceShare> shares, int globalBatch, int streams, Tail tail) {
    requireDivisor(globalBatch, streams);
    boolean one = shares.size() == 1;
    if (!one && tail == Tail.DROP) {
      throw new IllegalArgumentException(
          "the epochs of several sources end within a step: set data.tail to carry");
    }
    this.globalBatch = globalBatch;
    this.streams = streams;
    sources = new ArrayList<>();
    long first = 0;
    long most = Long.MAX_VALUE;
    for (SourceShare share : shares) {
      long used = used(share.samples(), globalBatch, tail);
      sources.add(new SourceOrder(seed, sources.size(), first, share, used, streams));
      first += share.samples();
      // The largest numbers met on the way to a place stay below (steps + 2) G + 2 n.
      most = Math.min(most, (Long.MAX_VALUE - 2 * used) / globalBatch - 2);
    }
    samples = first;
    steps = most;
    mixture = one ? Optional.empty() : Optional.of(new Mixture(seed, shares, streams));
  }

  private static long used(long samples, int globalBatch, Tail tail) {
    if (tail == Tail.DROP && samples < globalBatch) {
      throw new IllegalArgumentException(
          "the data set has "
              + samples
              + " samples, which do not fill one global batch of "
              + globalBatch
              + ": set optimization.global-batch to "
              + samples
              + " or less, or data.tail to carry");
    }
    return tail == Tail.DROP ? samples - samples % globalBatch : samples;
  }

  /**
   * The largest divisor of the global batch up to one stream for each 128 samples.
   *
   * @throws IllegalArgumentException if {@code globalBatch} is not positive
   */
  public static int defaultStreams(int globalBatch) {
    requirePositive(globalBatch);
    return Divisors.largestUpTo(globalBatch, globalBatch / DEFAULT_SHARE);
  }

  /** G, samples a step. */
  public int globalBatch() {
    return globalBatch;
  }

  /** C, the number of streams; each gives G / C samples to a step. */
  public int streams() {
    return streams;
  }

  /** How many samples all sources have together. */
  public long samples() {
    return samples;
  }

  /** How many sources there are. */
  public int sources() {
    return sources.size();
  }

  /** How many samples a source has. */
  public long samples(int source) {
    return sources.get(source).samples();
  }

  /** Number of a source's first sample among those of all sources. */
  public long firstSample(int source) {
    return sources.get(source).first();
  }

  /** n, places used of each epoch's permuted sequence of a source's samples. */
  public long placesPerEpoch(int source) {
    return sources.get(source).used();
  }

  /** How many steps can be numbered: past any run, but not past what fits 64 bits. */
  public long maxSteps() {
    return steps;
  }

  /**
   * Whole steps in an epoch, as schedules count them: floor(samples / G), with {@link Tail#CARRY}
   * at least 1 (an epoch then may end within a step). With several sources it is the time in which
   * as many samples are used as all of them have together.
   */
  public long stepsPerEpoch() {
    long used = mixture.isPresent() ? samples : sources.get(0).used();
    return Math.max(1, used / globalBatch);
  }

  /**
   * The epoch of a step, from 0: that of its first place, with several sources that of {@link
   * #stepsPerEpoch}.
   */
  public long epoch(long step) {
    return mixture.isPresent() ? step / stepsPerEpoch() : place(step, 0).epoch();
  }

  /**
   * The place that a step uses at one slot of its global batch.
   *
   * @param step from 0
   * @param slot stream * (G / C) + i, for the stream's i-th sample of this step
   * @throws IllegalArgumentException if there is no such step or slot
   */
  public Place place(long step, int slot) {
    if (step < 0 || step >= steps) {
      throw new IllegalArgumentException(
          "step " + step + " cannot be numbered: steps are 0 to " + (steps - 1));
    }
    if (slot < 0 || slot >= globalBatch) {
      throw new IllegalArgumentException(
          "slot " + slot + " is outside a global batch of " + globalBatch);
    }
    int share = globalBatch / streams;
    int stream = slot / share;
    long turn = step * share + slot % share;
    if (mixture.isEmpty()) {
      return sources.get(0).place(stream, turn);
    }
    Mixture.Turn its = mixture.get().at(stream, turn);
    return sources.get(its.source()).place(stream, its.turn());
  }

  /**
   * The sample that takes a place whose own sample, and the substitutes of all earlier attempts,
   * cannot be read: uniform over all samples of the place's source.
   *
   * @param attempt from 1
   * @throws IllegalArgumentException if {@code attempt} is not positive
   */
  public long substitute(Place place, int attempt) {
    if (attempt < 1) {
      throw new IllegalArgumentException(
          "attempt " + attempt + " of a substitute: they begin at 1");
    }
    return sources.get(place.source()).substitute(place, attempt);
  }

  private static void requireDivisor(int globalBatch, int streams) {
    requirePositive(globalBatch);
    if (streams >= 1 && globalBatch % streams == 0) {
      return;
    }
    throw new IllegalArgumentException(
        "order.streams = "
            + streams
            + " does not divide optimization.global-batch = "
            + globalBatch
            + ": nearest values that fit: "
            + Divisors.nearestText(globalBatch, streams));
  }

  private static void requirePositive(int globalBatch) {
    if (globalBatch < 1) {
      throw new IllegalArgumentException(
          "optimization.global-batch = " + globalBatch + ": at least 1 is needed");
    }
  }
}
