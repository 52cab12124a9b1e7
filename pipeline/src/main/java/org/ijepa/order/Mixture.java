package org.ijepa.order;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.ijepa.random.RandomKey;

/**
 * Which source each place of a stream belongs to: of every thousand places that follow one another,
 * counted from the stream's first, each source has exactly its share, at places that a keyed
 * permutation deals out.
 *
 * <p>A place is found from the thousand that it stands in alone: the last of a run costs what the
 * first one costs, and memory is that of a thousand places a stream.
 */
final class Mixture {
  /** Each source's share of a thousand. */
  private final int[] shares;

  private final RandomKey key;

  /** The thousand last asked for of each stream; its contents follow from its number. */
  private final AtomicReferenceArray<Block> latest;

  /**
   * A source and how many places of the stream it had before.
   *
   * @param source from 0
   * @param turn the stream's n-th place of this source, from 0
   */
  record Turn(int source, long turn) {}

  /** A thousand places. */
  private static final class Block {
    private final long number;

    /** The source of each place. */
    private final short[] sources = new short[SourceShare.WHOLE];

    /** How many of the places before it within the thousand are of the same source. */
    private final short[] before = new short[SourceShare.WHOLE];

    Block(long number) {
      this.number = number;
    }
  }

  Mixture(long seed, List<SourceShare> sources, int streams) {
    shares = sources.stream().mapToInt(SourceShare::perMille).toArray();
    int sum = 0;
    for (int share : shares) {
      sum += share;
    }
    if (sum != SourceShare.WHOLE) {
      throw new IllegalArgumentException(
          "the shares of the sources sum to " + sum + " in 1000 instead of 1000");
    }
    key = RandomKey.of(seed, "mixture");
    latest = new AtomicReferenceArray<>(streams);
  }

  /** What stands at a stream's {@code turn}-th place, from 0. */
  Turn at(int stream, long turn) {
    Block block = block(stream, turn / SourceShare.WHOLE);
    int place = (int) (turn % SourceShare.WHOLE);
    int source = block.sources[place];
    return new Turn(source, block.number * shares[source] + block.before[place]);
  }

  private Block block(int stream, long number) {
    Block known = latest.get(stream);
    if (known == null || known.number != number) {
      known = dealt(number, new Permutation(key.with(stream).with(number), SourceShare.WHOLE));
      latest.set(stream, known);
    }
    return known;
  }

  private Block dealt(long number, Permutation permutation) {
    short[] owners = new short[SourceShare.WHOLE];
    int next = 0;
    for (short source = 0; source < shares.length; source++) {
      for (int i = 0; i < shares[source]; i++) {
        owners[next++] = source;
      }
    }
    Block block = new Block(number);
    short[] counts = new short[shares.length];
    for (int place = 0; place < SourceShare.WHOLE; place++) {
      short source = owners[(int) permutation.at(place)];
      block.sources[place] = source;
      block.before[place] = counts[source]++;
    }
    return block;
  }
}
