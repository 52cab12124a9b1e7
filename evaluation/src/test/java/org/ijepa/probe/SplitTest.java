package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

class SplitTest {
  @Property(tries = 50)
  void shouldHoldOutItsShareOfEachClass(
      @ForAll @IntRange(min = 2, max = 60) int ofFirst,
      @ForAll @IntRange(min = 2, max = 60) int ofSecond,
      @ForAll long seed) {
    int[] classes = IntStream.range(0, ofFirst + ofSecond).map(n -> n < ofFirst ? 0 : 1).toArray();

    Split split = Split.of(classes, 2, 0.2, RandomKey.of(seed, "test"));

    int[] held = Split.pick(classes, split.indices(true));
    assertThat(count(held, 0)).isEqualTo(Math.max(1, Math.round(0.2 * ofFirst)));
    assertThat(count(held, 1)).isEqualTo(Math.max(1, Math.round(0.2 * ofSecond)));
    assertThat(split.heldCount()).isEqualTo(held.length);
    int[] all =
        IntStream.concat(Arrays.stream(split.indices(true)), Arrays.stream(split.indices(false)))
            .sorted()
            .toArray();
    assertThat(all).isEqualTo(IntStream.range(0, classes.length).toArray());
  }

  @Test
  void shouldKeepAClassOfOneForTheFit() {
    Split split = Split.of(new int[] {0, 1, 1}, 2, 0.9, RandomKey.of(1, "test"));

    assertThat(split.indices(false)).contains(0).hasSize(2);
  }

  @Test
  void shouldDifferBySeedOnly() {
    int[] classes = new int[100];

    int[] first = Split.of(classes, 1, 0.5, RandomKey.of(1, "test")).indices(true);

    assertThat(Split.of(classes, 1, 0.5, RandomKey.of(1, "test")).indices(true)).isEqualTo(first);
    assertThat(Split.of(classes, 1, 0.5, RandomKey.of(2, "test")).indices(true))
        .isNotEqualTo(first);
  }

  @Test
  void shouldHoldOutEverySampleEquallyOften() {
    int[] times = new int[10];
    for (long seed = 0; seed < 2000; seed++) {
      for (int n : Split.of(new int[10], 1, 0.3, RandomKey.of(seed, "test")).indices(true)) {
        times[n]++;
      }
    }

    // 600 expected, deviation about 20.
    assertThat(Arrays.stream(times).boxed())
        .allSatisfy(count -> assertThat(count).isBetween(500, 700));
  }

  private static long count(int[] values, int wanted) {
    return Arrays.stream(values).filter(value -> value == wanted).count();
  }
}
