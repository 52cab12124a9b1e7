package org.ijepa.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class SampleOrderTest {
  private static final long SEED = 11;

  /** Deals whole epochs to queues of positions, one a stream, and takes the steps from them. */
  private static List<List<long[]>> naiveSteps(
      long samples, int globalBatch, int streams, Tail tail, int steps) {
    long used = tail == Tail.DROP ? samples / globalBatch * globalBatch : samples;
    List<Queue<long[]>> queues = new ArrayList<>();
    for (int stream = 0; stream < streams; stream++) {
      queues.add(new ArrayDeque<>());
    }
    for (long epoch = 0; epoch * used < (long) (steps + 1) * globalBatch + used; epoch++) {
      long position = 0;
      for (int stream = 0; stream < streams; stream++) {
        long end = Math.floorDiv((epoch + 1) * used + stream, streams);
        for (long i = Math.floorDiv(epoch * used + stream, streams); i < end; i++) {
          queues.get(stream).add(new long[] {epoch, position++});
        }
      }
      assertThat(position).isEqualTo(used);
    }
    List<List<long[]>> result = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      List<long[]> places = new ArrayList<>();
      for (Queue<long[]> queue : queues) {
        for (int i = 0; i < globalBatch / streams; i++) {
          places.add(queue.remove());
        }
      }
      result.add(places);
    }
    return result;
  }

  @Property(tries = 150)
  void shouldAgreeWithDealingTheEpochsOut(
      @ForAll @IntRange(min = 1, max = 9) int share,
      @ForAll @IntRange(min = 1, max = 7) int streams,
      @ForAll @IntRange(min = 1, max = 150) int samples,
      @ForAll Tail wished) {
    int globalBatch = share * streams;
    Tail tail = samples < globalBatch ? Tail.CARRY : wished;
    SampleOrder order = new SampleOrder(SEED, samples, globalBatch, streams, tail);
    List<List<long[]>> naive = naiveSteps(samples, globalBatch, streams, tail, 40);
    for (int step = 0; step < naive.size(); step++) {
      for (int slot = 0; slot < globalBatch; slot++) {
        Place place = order.place(step, slot);
        assertThat(new long[] {place.epoch(), place.position()})
            .as("step %d slot %d", step, slot)
            .containsExactly(naive.get(step).get(slot));
      }
    }
  }

  @Property(tries = 60)
  void shouldUseEverySampleOnceAnEpochWhenCarried(
      @ForAll @IntRange(min = 1, max = 8) int share,
      @ForAll @IntRange(min = 1, max = 6) int streams,
      @ForAll @IntRange(min = 1, max = 120) int samples) {
    int globalBatch = share * streams;
    SampleOrder order = new SampleOrder(SEED, samples, globalBatch, streams, Tail.CARRY);
    int epochs = 4;
    Map<Long, Set<Long>> seen = new HashMap<>();
    for (long step = 0; step * globalBatch < (long) (epochs + 1) * samples + globalBatch; step++) {
      for (int slot = 0; slot < globalBatch; slot++) {
        Place place = order.place(step, slot);
        assertThat(seen.computeIfAbsent(place.epoch(), e -> new HashSet<>()).add(place.sample()))
            .isTrue();
      }
    }
    for (long epoch = 0; epoch < epochs; epoch++) {
      assertThat(seen.get(epoch)).hasSize(samples);
    }
  }

  @Property(tries = 60)
  void shouldEndEveryEpochWithAStepWhenDropped(
      @ForAll @IntRange(min = 1, max = 8) int share,
      @ForAll @IntRange(min = 1, max = 6) int streams,
      @ForAll @IntRange(min = 48, max = 200) int samples) {
    int globalBatch = share * streams;
    SampleOrder order = new SampleOrder(SEED, samples, globalBatch, streams, Tail.DROP);
    assertThat(order.stepsPerEpoch()).isEqualTo(samples / globalBatch);
    for (long step = 0; step < 3 * order.stepsPerEpoch(); step++) {
      for (int slot = 0; slot < globalBatch; slot++) {
        assertThat(order.place(step, slot).epoch()).isEqualTo(step / order.stepsPerEpoch());
      }
    }
  }

  @Test
  void shouldShuffleEachEpochAnew() {
    SampleOrder order = new SampleOrder(SEED, 1_000, 1_000, 1, Tail.DROP);
    int same = 0;
    for (int slot = 0; slot < 1_000; slot++) {
      same += order.place(0, slot).sample() == order.place(1, slot).sample() ? 1 : 0;
    }
    assertThat(same).isLessThan(10);
  }

  @Test
  void shouldNotDependOnTheOrderOfQuestions() {
    SampleOrder order = new SampleOrder(SEED, 10, 4, 2, Tail.CARRY);
    Place late = order.place(9, 3);
    Place early = order.place(0, 0);
    assertThat(order.place(9, 3)).isEqualTo(late);
    assertThat(new SampleOrder(SEED, 10, 4, 2, Tail.CARRY).place(0, 0)).isEqualTo(early);
  }

  @Test
  void shouldReachTheLastStepOfABillionSamplesWithoutOverflow() {
    long samples = 1_000_000_007L;
    int globalBatch = 16_384;
    SampleOrder order = new SampleOrder(SEED, samples, globalBatch, 128, Tail.CARRY);
    long step = samples / globalBatch * 1_000_000L;
    Place place = order.place(step, globalBatch - 1);
    assertThat(place.epoch()).isBetween(999_980L, 1_000_000L);
    assertThat(place.position()).isBetween(samples - samples / 128 - 1, samples - 1);
    assertThat(place.sample()).isBetween(0L, samples - 1);
  }

  @Test
  void shouldRefuseAStepThatWouldOverflow() {
    SampleOrder order = new SampleOrder(SEED, 1_000_000_007L, 16_384, 128, Tail.CARRY);
    long last = (Long.MAX_VALUE - 2 * 1_000_000_007L) / 16_384 - 3;
    assertThat(order.place(last, 16_383).position()).isBetween(0L, 1_000_000_006L);
    assertThatThrownBy(() -> order.place(last + 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("step " + (last + 1) + " cannot be numbered: steps are 0 to " + last);
    assertThatThrownBy(() -> order.place(-1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldRefuseASlotOutsideTheGlobalBatch() {
    SampleOrder order = new SampleOrder(SEED, 10, 4, 2, Tail.DROP);
    assertThatThrownBy(() -> order.place(0, 4)).hasMessage("slot 4 is outside a global batch of 4");
  }

  @Test
  void shouldDrawSubstitutesUniformlyAndByAttempt() {
    int samples = 20;
    SampleOrder order = new SampleOrder(SEED, samples, 4, 1, Tail.DROP);
    int[] counts = new int[samples];
    int equalToNext = 0;
    for (int position = 0; position < 2_000; position++) {
      Place place = new Place(0, position, 0);
      for (int attempt = 1; attempt <= 5; attempt++) {
        long substitute = order.substitute(place, attempt);
        counts[(int) substitute]++;
        equalToNext += substitute == order.substitute(place, attempt + 1) ? 1 : 0;
      }
    }
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += (count - 500.0) * (count - 500.0) / 500.0;
    }
    assertThat(chiSquare).isLessThan(19 + 5 * Math.sqrt(38));
    assertThat(equalToNext).isBetween(400, 600);
  }

  @Test
  void shouldNameTheSubstituteByEpochAndPositionOnly() {
    SampleOrder order = new SampleOrder(SEED, 1_000_000, 4, 1, Tail.DROP);
    SampleOrder otherStreams = new SampleOrder(SEED, 1_000_000, 8, 2, Tail.CARRY);
    long substitute = order.substitute(new Place(3, 5, 1), 1);
    assertThat(otherStreams.substitute(new Place(3, 5, 2), 1)).isEqualTo(substitute);
    assertThat(order.substitute(new Place(5, 3, 1), 1)).isNotEqualTo(substitute);
    assertThatThrownBy(() -> order.substitute(new Place(3, 5, 1), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldChooseAStreamForEach128SamplesWhereThatDivides() {
    assertThat(SampleOrder.defaultStreams(2048)).isEqualTo(16);
    assertThat(SampleOrder.defaultStreams(1)).isEqualTo(1);
    assertThat(SampleOrder.defaultStreams(127)).isEqualTo(1);
    assertThat(SampleOrder.defaultStreams(1009)).isEqualTo(1);
    assertThat(SampleOrder.defaultStreams(1000)).isEqualTo(5);
  }

  @Test
  void shouldNameTheNearestStreamsThatFit() {
    assertThatThrownBy(() -> new SampleOrder(SEED, 100, 12, 5, Tail.DROP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "order.streams = 5 does not divide optimization.global-batch = 12:"
                + " nearest values that fit: 4 and 6");
    assertThatThrownBy(() -> new SampleOrder(SEED, 100, 12, 13, Tail.DROP))
        .hasMessageEndingWith("nearest values that fit: 12");
    assertThatThrownBy(() -> new SampleOrder(SEED, 100, 12, 0, Tail.DROP))
        .hasMessageEndingWith("nearest values that fit: 1");
  }

  @Test
  void shouldSayWhatToDoWhenTheSamplesFillNoGlobalBatch() {
    assertThatThrownBy(() -> new SampleOrder(SEED, 10, 12, 1, Tail.DROP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the data set has 10 samples, which do not fill one global batch of 12:"
                + " set optimization.global-batch to 10 or less, or data.tail to carry");
    assertThat(new SampleOrder(SEED, 10, 12, 1, Tail.CARRY).stepsPerEpoch()).isEqualTo(1);
  }
}
