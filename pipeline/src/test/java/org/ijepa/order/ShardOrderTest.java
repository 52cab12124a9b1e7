package org.ijepa.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class ShardOrderTest {
  private static final long SEED = 11;

  private static long sum(List<Long> shards) {
    return shards.stream().mapToLong(Long::longValue).sum();
  }

  private static List<Long> longs(List<Integer> counts) {
    return counts.stream().map(Integer::longValue).toList();
  }

  /** The sequence of an epoch by lists: shards in turn, ranges of streams, windows of ranges. */
  private static List<Long> naive(
      List<Long> shards, int window, int streams, long used, long epoch) {
    List<Long> sequence = new ArrayList<>();
    Permutation turns = new Permutation(RandomKey.of(SEED, "shards").with(epoch), shards.size());
    for (int turn = 0; turn < shards.size(); turn++) {
      int shard = (int) turns.at(turn);
      long first = sum(shards.subList(0, shard));
      for (long i = 0; i < shards.get(shard); i++) {
        sequence.add(first + i);
      }
    }
    List<Long> mixed = new ArrayList<>();
    long from = 0;
    for (int stream = 0; stream < streams; stream++) {
      long to =
          from
              + Math.floorDiv((epoch + 1) * used + stream, streams)
              - Math.floorDiv(epoch * used + stream, streams);
      for (long begin = from; begin < to; begin += window) {
        long size = Math.min(window, to - begin);
        Permutation within =
            new Permutation(RandomKey.of(SEED, "window").with(epoch).with(begin), size);
        for (long i = 0; i < size; i++) {
          mixed.add(sequence.get((int) (begin + within.at(i))));
        }
      }
      from = to;
    }
    return mixed;
  }

  @Property(tries = 100)
  void shouldAgreeWithShufflingLists(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 1, max = 20) Integer> counts,
      @ForAll @IntRange(min = 1, max = 40) int window,
      @ForAll @IntRange(min = 1, max = 5) int share,
      @ForAll @IntRange(min = 1, max = 4) int streams,
      @ForAll Tail wished) {
    List<Long> shards = longs(counts);
    long samples = sum(shards);
    int globalBatch = share * streams;
    Tail tail = samples < globalBatch ? Tail.CARRY : wished;
    SampleOrder order =
        new SampleOrder(SEED, samples, globalBatch, streams, tail, new Shards(shards, window));
    Map<Long, List<Long>> naive = new HashMap<>();
    for (long step = 0; step < 30; step++) {
      for (int slot = 0; slot < globalBatch; slot++) {
        Place place = order.place(step, slot);
        List<Long> sequence =
            naive.computeIfAbsent(
                place.epoch(),
                epoch -> naive(shards, window, streams, order.placesPerEpoch(0), epoch));
        assertThat(place.sample()).isEqualTo(sequence.get((int) place.position()));
      }
    }
  }

  @Property(tries = 100)
  void shouldUseEverySampleOnceAnEpoch(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(min = 1, max = 25) Integer> counts,
      @ForAll @IntRange(min = 1, max = 100) int window,
      @ForAll @IntRange(min = 1, max = 5) int share,
      @ForAll @IntRange(min = 1, max = 4) int streams) {
    List<Long> shards = longs(counts);
    long samples = sum(shards);
    int globalBatch = share * streams;
    SampleOrder order =
        new SampleOrder(
            SEED, samples, globalBatch, streams, Tail.CARRY, new Shards(shards, window));
    Map<Long, Set<Long>> seen = new HashMap<>();
    int epochs = 3;
    for (long step = 0; step * globalBatch < (epochs + 1) * samples + globalBatch; step++) {
      for (int slot = 0; slot < globalBatch; slot++) {
        Place place = order.place(step, slot);
        assertThat(seen.computeIfAbsent(place.epoch(), e -> new HashSet<>()).add(place.sample()))
            .isTrue();
      }
    }
    for (long epoch = 0; epoch < epochs; epoch++) {
      assertThat(seen.get(epoch)).hasSize((int) samples);
    }
  }

  @Property(tries = 50)
  void shouldGiveTheSameInAnyOrderOfQuestions(@ForAll long seed) {
    Random random = new Random(seed);
    Shards shards = new Shards(Collections.nCopies(17, 9L), 20);
    SampleOrder one = new SampleOrder(SEED, 153, 12, 3, Tail.CARRY, shards);
    SampleOrder other = new SampleOrder(SEED, 153, 12, 3, Tail.CARRY, shards);
    for (long step = 0; step < 40; step++) {
      other.place(random.nextInt(1000), random.nextInt(12));
      int slot = random.nextInt(12);
      assertThat(other.place(step, slot)).isEqualTo(one.place(step, slot));
    }
  }

  @Property(tries = 50)
  void shouldReadFromFewShardsAtATime(
      @ForAll @IntRange(min = 1, max = 200) int window,
      @ForAll @IntRange(min = 5, max = 50) int size) {
    int share = 10;
    Shards shards = new Shards(Collections.nCopies(40, (long) size), window);
    SampleOrder order = new SampleOrder(SEED, 40L * size, 2 * share, 2, Tail.DROP, shards);
    for (long step = 0; step < order.stepsPerEpoch(); step++) {
      Set<Long> touched = new HashSet<>();
      for (int slot = 0; slot < share; slot++) {
        touched.add(order.place(step, slot).sample() / size);
      }
      // Places of one step stand in at most these windows, which lie in so many shards.
      int windows = (share + window - 2) / window + 1;
      assertThat(touched.size()).isLessThanOrEqualTo((windows * window + size - 2) / size + 1);
    }
  }

  /**
   * Pairs of one shard in a global batch, over that of a full shuffle: what classes that stand
   * together do to a batch. 1 is a full shuffle, samples / (shards x share) none at all.
   */
  private static double sameShardPairs(int window) {
    int shards = 400;
    int size = 100;
    int globalBatch = 256;
    Shards layout = new Shards(Collections.nCopies(shards, (long) size), window);
    SampleOrder order =
        new SampleOrder(SEED, (long) shards * size, globalBatch, 4, Tail.DROP, layout);
    double pairs = 0;
    for (long step = 0; step < order.stepsPerEpoch(); step++) {
      int[] counts = new int[shards];
      for (int slot = 0; slot < globalBatch; slot++) {
        counts[(int) (order.place(step, slot).sample() / size)]++;
      }
      for (int count : counts) {
        pairs += count * (count - 1) / 2.0;
      }
    }
    double all = order.stepsPerEpoch() * (globalBatch * (globalBatch - 1) / 2.0);
    return pairs / all / ((size - 1.0) / (shards * size - 1));
  }

  @Test
  void shouldMixTheBetterTheLargerTheWindow() {
    // By hand: of the other 63 places of a stream's share, a window of w samples fills
    // min(1, 99 / (w - 1)) with the same shard, other streams hardly any.
    assertThat(sameShardPairs(1)).isBetween(70.0, 100.0);
    assertThat(sameShardPairs(1_000)).isBetween(8.0, 12.5);
    assertThat(sameShardPairs(10_000)).isBetween(0.8, 1.3);
  }

  @Test
  void shouldFindEachPlaceOnceAtTheEndOfTheLongestRun() {
    Shards shards = new Shards(Collections.nCopies(100_000, 10_000L), 8192);
    SampleOrder order = new SampleOrder(SEED, 1_000_000_000L, 16_384, 128, Tail.CARRY, shards);
    long step = 1_000_000_000L / 16_384 * 1_000_000L;
    Set<Long> samples = new HashSet<>();
    for (int slot = 0; slot < 16_384; slot++) {
      samples.add(order.place(step, slot).sample());
    }
    assertThat(samples).hasSize(16_384).allMatch(sample -> sample >= 0 && sample < 1_000_000_000L);
  }

  @Test
  void shouldNotMoveSamplesThatStandByThemselves() {
    // The digest of an earlier version, whose runs go on.
    long digest = 1125899906842597L;
    for (Tail tail : Tail.values()) {
      SampleOrder order = new SampleOrder(11, 1_003, 24, 3, tail);
      for (long step = 0; step < 100; step++) {
        for (int slot = 0; slot < 24; slot++) {
          Place place = order.place(step, slot);
          digest = 31 * digest + place.epoch();
          digest = 31 * digest + place.position();
          digest = 31 * digest + place.sample();
          digest = 31 * digest + order.substitute(place, 1);
        }
      }
    }
    assertThat(digest).isEqualTo(8313128675362071170L);
  }

  @Test
  void shouldRefuseShardsThatAreNotThoseOfTheDataSet() {
    assertThatThrownBy(
            () -> new SampleOrder(SEED, 100, 10, 1, Tail.DROP, new Shards(List.of(50L, 49L), 8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the shards hold 99 samples, the data set 100");
    assertThatThrownBy(() -> new Shards(List.of(1L, 0L), 8)).hasMessageContaining("0 samples");
    assertThatThrownBy(() -> new Shards(List.of(1L), 0)).hasMessageContaining("order.window = 0");
  }
}
