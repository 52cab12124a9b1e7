package org.ijepa.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class DivisorsTest {
  @Property(tries = 300)
  void shouldFindTheLargestDivisorUpToABound(
      @ForAll @IntRange(min = 1, max = 3000) int whole,
      @ForAll @IntRange(min = 0, max = 4000) int most) {
    int naive =
        IntStream.rangeClosed(1, whole)
            .filter(d -> whole % d == 0 && d <= Math.max(1, most))
            .max()
            .orElseThrow();
    assertThat(Divisors.largestUpTo(whole, most)).isEqualTo(naive);
  }

  @Property(tries = 300)
  void shouldNameTheDivisorsOnBothSides(
      @ForAll @IntRange(min = 1, max = 3000) int whole,
      @ForAll @IntRange(min = 1, max = 4000) int part) {
    List<Integer> divisors =
        IntStream.rangeClosed(1, whole).filter(d -> whole % d == 0).boxed().toList();
    List<Integer> naive =
        IntStream.concat(
                divisors.stream().mapToInt(d -> d).filter(d -> d <= part).max().stream(),
                divisors.stream().mapToInt(d -> d).filter(d -> d > part).min().stream())
            .boxed()
            .toList();
    assertThat(Divisors.nearest(whole, part)).isEqualTo(naive);
  }
}
