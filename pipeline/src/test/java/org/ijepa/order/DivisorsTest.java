package org.ijepa.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class DivisorsTest {
  @Property(tries = 300)
  void shouldAgreeWithTryingAllNumbers(
      @ForAll @IntRange(min = 1, max = 300) int number,
      @ForAll @IntRange(min = -2, max = 330) int wished) {
    int[] divisors = IntStream.rangeClosed(1, number).filter(d -> number % d == 0).toArray();
    int below = IntStream.of(divisors).filter(d -> d <= wished).max().orElse(1);
    int above = IntStream.of(divisors).filter(d -> d >= wished).min().orElse(number);
    assertThat(Divisors.nearest(number, wished))
        .isEqualTo(below == above ? "" + below : below + " and " + above);
  }
}
