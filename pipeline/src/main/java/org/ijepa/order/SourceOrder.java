package org.ijepa.order;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.ijepa.random.RandomKey;

/**
 * Which sample of one source stands at which of the places that a stream gives to it.
 *
 * <p>Legend: C streams, n places used of each epoch's permuted sequence. Stream c owns, in epoch e,
 * the floor(((e + 1) n + c) / C) - floor((e n + c) / C) consecutive positions that follow those of
 * stream c - 1, and uses its positions of all epochs one after another. Where samples stand in
 * shards, the sequence is one of whole shards, mixed within windows of each stream's range.
 */
final class SourceOrder {
  private final int number;
  private final long first;
  private final long samples;
  private final long used;
  private final int streams;
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

  /**
   * The order of a source.
   *
   * @param number of the source, from 0
   * @param first number of its first sample among those of all sources
   * @param used n
   */
  SourceOrder(long seed, int number, long first, SourceShare source, long used, int streams) {
    this.number = number;
    this.first = first;
    this.samples = source.samples();
    this.used = used;
    this.streams = streams;
    orderKey = Place.sourceKey(RandomKey.of(seed, "order"), number);
    substituteKey = RandomKey.of(seed, "substitute");
    shards =
        source.shards().isEmpty()
            ? Optional.empty()
            : Optional.of(new ShardOrder(seed, number, source.shards()));
    if (shards.isPresent() && shards.get().samples() != samples) {
      throw new IllegalArgumentException(
          "the shards hold "
              + shards.get().samples()
              + " samples, the data set "
              + samples
              + ": they are not of one index");
    }
  }

  long first() {
    return first;
  }

  long samples() {
    return samples;
  }

  long used() {
    return used;
  }

  /** The place of a stream's {@code turn}-th sample of this source, from 0. */
  Place place(int stream, long turn) {
    // The last e with floor((e n + c) / C) <= turn: the places that the stream used before epoch e.
    long epoch = ((turn + 1) * streams - 1 - stream) / used;
    long begun = (epoch * used + stream) / streams;
    long from = firstPosition(epoch, stream);
    long position = from + turn - begun;
    long to = firstPosition(epoch, stream + 1);
    return new Place(number, epoch, position, first + sequence(epoch).sample(position, from, to));
  }

  long substitute(Place place, int attempt) {
    return first + place.key(substituteKey).with(attempt).stream().nextLong(samples);
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
}
