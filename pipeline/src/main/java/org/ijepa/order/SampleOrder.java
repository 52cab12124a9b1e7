package org.ijepa.order;

import java.util.ArrayList;
import java.util.List;
import org.ijepa.random.RandomKey;

/**
 * The order of a run: which sample each slot of each step uses. A pure function of its settings.
 *
 * <p>Each epoch is a keyed permutation of all samples. With G slots a step and C streams, stream c
 * has slots [c G/C, (c+1) G/C) of every step. Of the n positions used in an epoch (all, or the
 * largest multiple of G), stream c owns floor(((e+1) n + c)/C) - floor((e n + c)/C) consecutive
 * ones in epoch e, so that the streams' epochs end together to within one sample.
 */
public final class SampleOrder {
  private static final int SLOTS_PER_STREAM = 128;

  private final long samples;
  private final long used;
  private final int globalBatch;
  private final int streams;
  private final int share;
  private final RandomKey orderKey;
  private final RandomKey substituteKey;

  /**
   * The order of a run.
   *
   * @throws IllegalArgumentException if streams do not divide the global batch, or one epoch fills
   *     no global batch
   */
  public SampleOrder(long seed, long samples, int globalBatch, int streams, Tail tail) {
    if (globalBatch <= 0 || streams <= 0 || globalBatch % streams != 0) {
      throw new IllegalArgumentException(
          streams + " streams do not divide a global batch of " + globalBatch);
    }
    used = tail == Tail.DROP ? samples / globalBatch * globalBatch : samples;
    if (used <= 0) {
      throw new IllegalArgumentException(
          samples + " samples do not fill one global batch of " + globalBatch);
    }
    this.samples = samples;
    this.globalBatch = globalBatch;
    this.streams = streams;
    share = globalBatch / streams;
    orderKey = RandomKey.of(seed, "order");
    substituteKey = RandomKey.of(seed, "substitute");
  }

  /** The largest divisor of the global batch up to a stream for each 128 slots, at least 1. */
  public static int defaultStreams(int globalBatch) {
    for (int streams = Math.max(1, globalBatch / SLOTS_PER_STREAM); streams > 1; streams--) {
      if (globalBatch % streams == 0) {
        return streams;
      }
    }
    return 1;
  }

  /** Whole steps in an epoch. */
  public long stepsPerEpoch() {
    return samples / globalBatch;
  }

  /** Number of samples of the source. */
  public long samples() {
    return samples;
  }

  /** Positions used in each epoch. */
  public long usedPerEpoch() {
    return used;
  }

  /** G, slots of a step. */
  public int globalBatch() {
    return globalBatch;
  }

  /** C, streams of a step. */
  public int streams() {
    return streams;
  }

  /** What slot {@code slot} of step {@code step} (both from 0) uses. */
  public Place place(long step, int slot) {
    return places(step, slot, 1).get(0);
  }

  /** What the consecutive slots of one stream use in a step. */
  public List<Place> share(long step, int stream) {
    return places(step, stream * share, share);
  }

  private List<Place> places(long step, int firstSlot, int count) {
    if (step < 0 || firstSlot < 0 || firstSlot + count > globalBatch) {
      throw new IndexOutOfBoundsException("step " + step + ", slot " + firstSlot);
    }
    int stream = firstSlot / share;
    long local = Math.addExact(Math.multiplyExact(step, (long) share), firstSlot % share);
    // The first guess is off by at most one epoch, as streams differ by less than one sample.
    long epoch = local * streams / used;
    while (epoch > 0 && streamStart(epoch, stream) > local) {
      epoch--;
    }
    List<Place> places = new ArrayList<>(count);
    Permutation permutation = null;
    for (int i = 0; i < count; i++, local++) {
      while (streamStart(epoch + 1, stream) <= local) {
        epoch++;
        permutation = null;
      }
      if (permutation == null) {
        permutation = new Permutation(orderKey.with(epoch), samples);
      }
      long position = epochStart(epoch, stream) + local - streamStart(epoch, stream);
      places.add(new Place(epoch, position, permutation.at(position)));
    }
    return places;
  }

  /** Samples that stream c has used before epoch e: floor((e n + c) / C). */
  private long streamStart(long epoch, int stream) {
    return (Math.multiplyExact(epoch, used) + stream) / streams;
  }

  /** First position of stream c in epoch e: the sum of the shares of the streams before it. */
  private long epochStart(long epoch, int stream) {
    return before(epoch + 1, stream) - before(epoch, stream);
  }

  /** Sum over c' below c of floor((e n + c') / C). */
  private long before(long epoch, int stream) {
    long total = epoch * used;
    long remainder = total % streams;
    return total / streams * stream + Math.max(0, stream - (streams - remainder));
  }

  /**
   * The sample that takes a place whose sample, and substitutes with lower numbers, were bad.
   *
   * @param attempt from 1
   */
  public long substitute(Place place, int attempt) {
    return substituteKey.with(place.epoch()).with(place.position()).with(attempt).stream()
        .nextLong(samples);
  }
}
