package org.ijepa.order;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.ijepa.random.RandomKey;

/**
 * Which sample stands at which place of a run: a pure function of the seed, the number of samples,
 * the global batch, the streams and the treatment of the tail.
 *
 * <p>Legend: G global batch, C streams, n places used of each epoch's permuted sequence (with
 * {@link Tail#DROP} the largest multiple of G, with {@link Tail#CARRY} all samples). Stream c owns,
 * in epoch e, the floor(((e + 1) n + c) / C) - floor((e n + c) / C) consecutive positions that
 * follow those of stream c - 1; its positions of all epochs, one after another, are used G / C a
 * step. Where samples stand in shards, the sequence is one of whole shards, mixed within windows of
 * each stream's range.
 *
 * <p>Everything is computed in closed form: the last place of the longest run costs what the first
 * one costs, and memory is that of the shards at most. Safe for use by several threads.
 */
public final class SampleOrder {
  /** Samples that one stream gets of a step by default: the published batch of one GPU. */
  private static final int DEFAULT_SHARE = 128;

  private final long samples;
  private final int globalBatch;
  private final int streams;
  private final long used;
  private final long steps;
  private final RandomKey orderKey;
  private final RandomKey substituteKey;

  private final Optional<ShardOrder> shards;

  /**
   * The last even and the last odd epoch asked for, since the streams of a step may stand in two
   * that follow one another; whichever thread wrote them, their contents follow from their number.
   */
  private final AtomicReferenceArray<Epoch> latest = new AtomicReferenceArray<>(2);

  private record Epoch(long number, Sequence sequence) {}

  /** The samples of an epoch in their order. */
  interface Sequence {
    /**
     * The sample at a position.
     *
     * @param from where the range of the position's stream begins
     * @param to where it ends
     */
    long sample(long position, long from, long to);
  }

  /** The order of a run whose samples stand by themselves; see below. */
  public SampleOrder(long seed, long samples, int globalBatch, int streams, Tail tail) {
    this(seed, samples, globalBatch, streams, tail, Shards.NONE);
  }

  /**
   * The order of a run.
   *
   * @param seed the run's seed
   * @param samples how many samples the index holds
   * @param globalBatch G, samples a step
   * @param streams C, must divide G
   * @param tail what becomes of samples that fill no global batch
   * @param shards in which the samples stand
   * @throws IllegalArgumentException if these do not go together; the message names what would
   */
  public SampleOrder(
      long seed, long samples, int globalBatch, int streams, Tail tail, Shards shards) {
    requireDivisor(globalBatch, streams);
    if (samples < 1) {
      throw new IllegalArgumentException(
          "the data set has " + samples + " samples: at least one is needed");
    }
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
    this.orderKey = RandomKey.of(seed, "order");
    this.samples = samples;
    this.globalBatch = globalBatch;
    this.streams = streams;
    this.used = tail == Tail.DROP ? samples - samples % globalBatch : samples;
    // The largest numbers met on the way to a place stay below (steps + 2) G + 2 n.
    this.steps = (Long.MAX_VALUE - 2 * used) / globalBatch - 2;
    this.substituteKey = RandomKey.of(seed, "substitute");
    this.shards = shards.isEmpty() ? Optional.empty() : Optional.of(new ShardOrder(seed, shards));
    if (this.shards.isPresent() && this.shards.get().samples() != samples) {
      throw new IllegalArgumentException(
          "the shards hold "
              + this.shards.get().samples()
              + " samples, the data set "
              + samples
              + ": they are not of one index");
    }
  }

  /**
   * The largest divisor of the global batch up to one stream for each 128 samples.
   *
   * @throws IllegalArgumentException if {@code globalBatch} is not positive
   */
  public static int defaultStreams(int globalBatch) {
    requirePositive(globalBatch);
    return Divisors.upTo(globalBatch, Math.max(1, globalBatch / DEFAULT_SHARE));
  }

  /** G, samples a step. */
  public int globalBatch() {
    return globalBatch;
  }

  /** C, the number of streams; each gives G / C samples to a step. */
  public int streams() {
    return streams;
  }

  /** How many samples the index holds. */
  public long samples() {
    return samples;
  }

  /** n, places used of each epoch's permuted sequence of {@link #samples()} places. */
  public long placesPerEpoch() {
    return used;
  }

  /** How many steps can be numbered: past any run, but not past what fits 64 bits. */
  public long maxSteps() {
    return steps;
  }

  /**
   * Whole steps in an epoch, as schedules count them: floor(samples / G), with {@link Tail#CARRY}
   * at least 1 (an epoch then may end within a step).
   */
  public long stepsPerEpoch() {
    return Math.max(1, used / globalBatch);
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
    // The last e with floor((e n + c) / C) <= turn: the places that the stream used before epoch e.
    long epoch = ((turn + 1) * streams - 1 - stream) / used;
    long begun = (epoch * used + stream) / streams;
    long from = firstPosition(epoch, stream);
    long position = from + turn - begun;
    long to = firstPosition(epoch, stream + 1);
    long sample = sequence(epoch).sample(position, from, to);
    return new Place(epoch, position, sample);
  }

  /**
   * The sample that takes a place whose own sample, and the substitutes of all earlier attempts,
   * cannot be read: uniform over all samples.
   *
   * @param attempt from 1
   * @throws IllegalArgumentException if {@code attempt} is not positive
   */
  public long substitute(Place place, int attempt) {
    if (attempt < 1) {
      throw new IllegalArgumentException(
          "attempt " + attempt + " of a substitute: they begin at 1");
    }
    RandomKey key = substituteKey.with(place.epoch()).with(place.position()).with(attempt);
    return key.stream().nextLong(samples);
  }

  /** The sum of floor(((e + 1) n + k) / C) - floor((e n + k) / C) over the streams k before c. */
  private long firstPosition(long epoch, int stream) {
    return sumOfFloors((epoch + 1) * used, stream) - sumOfFloors(epoch * used, stream);
  }

  /** The sum of floor((x + k) / C) over k = 0 ... count - 1, where count is at most C. */
  private long sumOfFloors(long x, int count) {
    return count * (x / streams) + Math.max(0, count + x % streams - streams);
  }

  private Sequence sequence(long epoch) {
    int slot = (int) (epoch & 1);
    Epoch known = latest.get(slot);
    if (known == null || known.number() != epoch) {
      known = new Epoch(epoch, shards.map(order -> order.epoch(epoch)).orElseGet(() -> all(epoch)));
      latest.set(slot, known);
    }
    return known.sequence();
  }

  private Sequence all(long epoch) {
    Permutation permutation = new Permutation(orderKey.with(epoch), samples);
    return (position, from, to) -> permutation.at(position);
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
            + Divisors.nearest(globalBatch, streams));
  }

  private static void requirePositive(int globalBatch) {
    if (globalBatch < 1) {
      throw new IllegalArgumentException(
          "optimization.global-batch = " + globalBatch + ": at least 1 is needed");
    }
  }
}
