package org.ijepa.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

final class NearestTest {
  @Test
  void shouldCountASwapOfNeighboursAsOneEdit() {
    assertThat(Nearest.distance("sede", "seed")).isEqualTo(1);
    assertThat(Nearest.distance("vit-smal", "vit-small")).isEqualTo(1);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
  }

  @Test
  void shouldSuggestNothingThatIsFarAway() {
    assertThat(Nearest.find("banana", List.of("seed", "mask.mode"))).isEmpty();
  }

  @Property(tries = 200)
  void shouldBeSymmetricAndZeroForEqualWordsOnly(
      @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 6) String a,
      @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 6) String b) {
    assertThat(Nearest.distance(a, b)).isEqualTo(Nearest.distance(b, a));
    assertThat(Nearest.distance(a, b) == 0).isEqualTo(a.equals(b));
    assertThat(Nearest.distance(a, b))
        .isBetween(Math.abs(a.length() - b.length()), Math.max(a.length(), b.length()));
  }
}
