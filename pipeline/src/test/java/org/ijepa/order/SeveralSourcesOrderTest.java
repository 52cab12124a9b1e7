package org.ijepa.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class SeveralSourcesOrderTest {
  private static final long SEED = 11;

  private static SampleOrder order(int globalBatch, int streams, SourceShare... sources) {
    return new SampleOrder(SEED, List.of(sources), globalBatch, streams, Tail.CARRY);
  }

  private static SourceShare images(int perMille, long samples) {
    return new SourceShare(perMille, samples, Shards.NONE);
  }

  /** The places of a stream, in the order of their use. */
  private static List<Place> stream(SampleOrder order, int stream, int count) {
    int share = order.globalBatch() / order.streams();
    return IntStream.range(0, count)
        .mapToObj(turn -> order.place(turn / share, stream * share + turn % share))
        .toList();
  }

  /** A stream's (epoch, position) of one source, by dealing whole epochs out. */
  private static List<List<Long>> dealt(long samples, int streams, int stream, int count) {
    List<List<Long>> places = new ArrayList<>();
    for (long epoch = 0; places.size() < count; epoch++) {
      long position = 0;
      for (int c = 0; c < streams; c++) {
        long end = Math.floorDiv((epoch + 1) * samples + c, streams);
        for (long i = Math.floorDiv(epoch * samples + c, streams); i < end; i++) {
          if (c == stream) {
            places.add(List.of(epoch, position));
          }
          position++;
        }
      }
    }
    return places.subList(0, count);
  }

  @Property(tries = 8)
  void shouldGiveEachSourceItsExactShareOfEveryThousandAndDealItsEpochsOut(
      @ForAll @IntRange(min = 1, max = 998) int first,
      @ForAll @IntRange(min = 1, max = 5) int share,
      @ForAll @IntRange(min = 1, max = 3) int streams,
      @ForAll @IntRange(min = 1, max = 300) int few,
      @ForAll @IntRange(min = 1, max = 900) int more) {
    int second = 1 + (999 - first) / 2;
    int[] shares = {first, second, 1000 - first - second};
    long[] samples = {few, more, 17};
    List<SourceShare> sources = new ArrayList<>();
    for (int i = 0; i < shares.length; i++) {
      if (shares[i] > 0) {
        sources.add(images(shares[i], samples[i]));
      }
    }
    SampleOrder order = order(share * streams, streams, sources.toArray(SourceShare[]::new));
    for (int stream = 0; stream < streams; stream++) {
      List<Place> places = stream(order, stream, 2_000);
      for (int source = 0; source < sources.size(); source++) {
        int number = source;
        for (int from = 0; from < places.size(); from += 1_000) {
          assertThat(
                  places.subList(from, from + 1_000).stream()
                      .filter(place -> place.source() == number)
                      .count())
              .isEqualTo(sources.get(source).perMille());
        }
        List<List<Long>> its =
            places.stream()
                .filter(place -> place.source() == number)
                .map(place -> List.of(place.epoch(), place.position()))
                .toList();
        List<List<Long>> expected =
            dealt(sources.get(source).samples(), streams, stream, its.size());
        // What the assertion would show of thousands of places takes it longer than the test.
        assertThat(its.equals(expected)).as("source %d of stream %d", source, stream).isTrue();
      }
    }
  }

  @Property(tries = 8)
  void shouldUseEverySampleOfEachSourceOnceInEachOfItsEpochs(
      @ForAll @IntRange(min = 1, max = 999) int first,
      @ForAll @IntRange(min = 1, max = 4) int share,
      @ForAll @IntRange(min = 1, max = 3) int streams,
      @ForAll @IntRange(min = 1, max = 5) int shards) {
    List<Long> sizes = LongStream.rangeClosed(1, shards).map(i -> 7 * i).boxed().toList();
    long sharded = sizes.stream().mapToLong(Long::longValue).sum();
    SampleOrder order =
        order(
            share * streams,
            streams,
            images(first, 41),
            new SourceShare(1000 - first, sharded, new Shards(sizes, 10)));
    Map<List<Long>, Set<Long>> seen = new HashMap<>();
    for (int step = 0; step * share < 2_000; step++) {
      for (int slot = 0; slot < share * streams; slot++) {
        Place place = order.place(step, slot);
        List<Long> epoch = List.of((long) place.source(), place.epoch());
        if (!seen.computeIfAbsent(epoch, e -> new HashSet<>()).add(place.sample())) {
          throw new AssertionError(place + " has a sample that its epoch had before");
        }
      }
    }
    seen.forEach(
        (epoch, samples) -> {
          int source = epoch.get(0).intValue();
          long begin = order.firstSample(source);
          assertThat(
                  samples.stream().allMatch(s -> s >= begin && s < begin + order.samples(source)))
              .isTrue();
        });
    for (int source = 0; source < 2; source++) {
      for (long epoch = 0; epoch < begunByAll(order, source, 2_000); epoch++) {
        assertThat(seen.get(List.of((long) source, epoch)).size()).isEqualTo(order.samples(source));
      }
    }
  }

  /** The last epoch of a source that every stream has begun, whose earlier ones are complete. */
  private static long begunByAll(SampleOrder order, int source, int turns) {
    return IntStream.range(0, order.streams())
        .mapToLong(
            stream ->
                stream(order, stream, turns).stream()
                    .filter(place -> place.source() == source)
                    .mapToLong(Place::epoch)
                    .max()
                    .orElse(0))
        .min()
        .getAsLong();
  }

  @Test
  void shouldCompleteManyEpochsOfEachSource() {
    SampleOrder order = order(8, 2, images(700, 40), images(300, 23));
    long[][] uses = {new long[40], new long[23]};
    for (int step = 0; step < 2_000; step++) {
      for (int slot = 0; slot < 8; slot++) {
        Place place = order.place(step, slot);
        uses[place.source()][(int) (place.sample() - order.firstSample(place.source()))]++;
      }
    }
    // 16,000 places: 11,200 are 280 epochs of 40, 4,800 are 208.7 of 23.
    assertThat(uses[0]).containsOnly(280);
    assertThat(LongStream.of(uses[1]).boxed().toList()).allMatch(n -> n == 208 || n == 209);
  }

  @Test
  void shouldNotDependOnWhatWasAskedBeforeOrByWhom() {
    SourceShare[] sources = {
      images(650, 1_000), new SourceShare(350, 60, new Shards(List.of(20L, 40L), 16))
    };
    SampleOrder one = order(24, 4, sources);
    List<CompletableFuture<List<Place>>> asked = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      int turn = thread;
      asked.add(
          CompletableFuture.supplyAsync(
              () ->
                  IntStream.range(0, 400)
                      .map(i -> turn % 2 == 0 ? i : 399 - i)
                      .mapToObj(step -> one.place(1_000_000_000L + step * 7L, step % 24))
                      .toList()));
    }
    for (int thread = 0; thread < 4; thread++) {
      List<Place> places = asked.get(thread).join();
      for (int i = 0; i < 400; i++) {
        int step = thread % 2 == 0 ? i : 399 - i;
        assertThat(places.get(i))
            .isEqualTo(order(24, 4, sources).place(1_000_000_000L + step * 7L, step % 24));
      }
    }
  }

  @Test
  void shouldReachTheLastStepOfTwoBillionSamplesWithoutOverflow() {
    SampleOrder order = order(16_384, 128, images(999, 1_000_000_007L), images(1, 1_000_000_009L));
    long last = order.maxSteps() - 1;
    for (int slot = 0; slot < 16_384; slot += 127) {
      Place place = order.place(last, slot);
      assertThat(place.position()).isBetween(0L, order.samples(place.source()) - 1);
      assertThat(place.epoch()).isPositive();
      assertThat(place.sample() - order.firstSample(place.source()))
          .isBetween(0L, order.samples(place.source()) - 1);
    }
    assertThatThrownBy(() -> order.place(last + 1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldNeverGiveTwoPlacesOneKey() {
    SampleOrder order = order(8, 2, images(500, 9), images(300, 9), images(200, 9));
    RandomKey purpose = RandomKey.of(SEED, "crop");
    Set<RandomKey> keys = new HashSet<>();
    for (int step = 0; step < 1_000; step++) {
      for (int slot = 0; slot < 8; slot++) {
        RandomKey key = order.place(step, slot).key(purpose);
        assertThat(keys.add(key)).isTrue();
        for (int attempt = 0; attempt < 3; attempt++) {
          assertThat(keys.add(key.with(attempt))).isTrue();
        }
      }
    }
  }

  @Test
  void shouldDrawOtherOrdersForTwoSourcesOfOneSize() {
    SampleOrder order = order(1_000, 1, images(500, 500), images(500, 500));
    Map<Long, Long> first = new HashMap<>();
    Map<Long, Long> second = new HashMap<>();
    for (int slot = 0; slot < 1_000; slot++) {
      Place place = order.place(0, slot);
      (place.source() == 0 ? first : second)
          .put(place.position(), place.sample() - order.firstSample(place.source()));
    }
    assertThat(first).hasSize(500);
    assertThat(second).hasSize(500);
    long same =
        first.entrySet().stream().filter(e -> second.get(e.getKey()).equals(e.getValue())).count();
    assertThat(same).isLessThan(10);
  }

  @Test
  void shouldSubstituteFromTheSourceOfThePlace() {
    SampleOrder order = order(10, 1, images(500, 5), images(500, 7));
    Set<Long> seen = new HashSet<>();
    for (int step = 0; step < 50; step++) {
      for (int slot = 0; slot < 10; slot++) {
        Place place = order.place(step, slot);
        long substitute = order.substitute(place, 1 + step % 3);
        assertThat(substitute < 5 ? 0 : 1).isEqualTo(place.source());
        seen.add(substitute);
      }
    }
    assertThat(seen).hasSize(12);
  }

  @Test
  void shouldBeTheRunOfOldWithOneSource() {
    SampleOrder listed = new SampleOrder(SEED, List.of(images(1000, 100)), 8, 2, Tail.DROP);
    SampleOrder old = new SampleOrder(SEED, 100, 8, 2, Tail.DROP);
    for (int step = 0; step < 30; step++) {
      for (int slot = 0; slot < 8; slot++) {
        Place place = listed.place(step, slot);
        assertThat(place).isEqualTo(old.place(step, slot));
        assertThat(listed.substitute(place, 1)).isEqualTo(old.substitute(place, 1));
      }
      assertThat(listed.epoch(step)).isEqualTo(listed.place(step, 0).epoch());
    }
  }

  @Test
  void shouldCallAnEpochWhatUsesAsManySamplesAsThereAre() {
    SampleOrder order = order(10, 1, images(900, 50), images(100, 150));
    assertThat(order.stepsPerEpoch()).isEqualTo(20);
    assertThat(order.epoch(19)).isZero();
    assertThat(order.epoch(20)).isEqualTo(1);
  }

  @Test
  void shouldRefuseSharesThatAreNotAWholeAndTailsThatCannotBeDropped() {
    assertThatThrownBy(() -> order(8, 2, images(500, 9), images(400, 9)))
        .hasMessage("the shares of the sources sum to 900 in 1000 instead of 1000");
    assertThatThrownBy(
            () -> new SampleOrder(SEED, List.of(images(500, 9), images(500, 9)), 8, 2, Tail.DROP))
        .hasMessageContaining("set data.tail to carry");
    assertThatThrownBy(() -> images(0, 9)).hasMessageContaining("1 to 1000");
    assertThatThrownBy(() -> images(500, 0)).hasMessageContaining("at least one is needed");
  }
}
