package org.ijepa.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class KeyedRandomTest {
  private static KeyedRandom stream(long seed) {
    return RandomKey.of(seed, "test").stream();
  }

  @Test
  void shouldEncryptItsCounterUnderTheKey() {
    RandomKey key = new RandomKey(0x299f31d0a4093822L, 0x0370734413198a2eL);
    KeyedRandom random = key.stream();
    for (int counter = 0; counter < 3; counter++) {
      int[] block = {counter, 0, 0x13198a2e, 0x03707344};
      Philox.encrypt(block, 0xa4093822, 0x299f31d0);
      for (int word : block) {
        assertThat(random.nextInt()).isEqualTo(word);
      }
    }
  }

  @Property(tries = 100)
  void shouldRepeatItsStreamForEqualKeys(@ForAll long seed) {
    KeyedRandom one = stream(seed);
    KeyedRandom other = stream(seed);
    for (int i = 0; i < 20; i++) {
      assertThat(one.nextLong()).isEqualTo(other.nextLong());
    }
  }

  @Test
  void shouldNotRepeatLongs() {
    KeyedRandom random = stream(1);
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 100_000; i++) {
      seen.add(random.nextLong());
    }
    assertThat(seen).hasSize(100_000);
  }

  @Property(tries = 100)
  void shouldStayBelowTheBound(@ForAll long seed, @ForAll @IntRange(min = 1) int bound) {
    KeyedRandom random = stream(seed);
    for (int i = 0; i < 50; i++) {
      assertThat(random.nextInt(bound)).isBetween(0, bound - 1);
    }
  }

  @Property(tries = 100)
  void shouldStayBelowALongBound(@ForAll long seed, @ForAll @LongRange(min = 1) long bound) {
    KeyedRandom random = stream(seed);
    for (int i = 0; i < 50; i++) {
      assertThat(random.nextLong(bound)).isBetween(0L, bound - 1);
    }
  }

  @Test
  void shouldDrawEachBoundedIntEquallyOften() {
    KeyedRandom random = stream(2);
    for (int bound : new int[] {2, 3, 7, 14, 100}) {
      int draws = 2_000 * bound;
      int[] counts = new int[bound];
      for (int i = 0; i < draws; i++) {
        counts[random.nextInt(bound)]++;
      }
      assertUniform(counts, draws);
    }
  }

  @Test
  void shouldDrawWithoutBiasWhereTheBoundDoesNotDivideThePowerOfTwo() {
    // Three quarters of 2^31: a plain modulo would draw the lower third twice as often.
    int bound = 3 << 29;
    KeyedRandom random = stream(3);
    int[] counts = new int[3];
    for (int i = 0; i < 30_000; i++) {
      counts[random.nextInt(bound) >>> 29]++;
    }
    assertUniform(counts, 30_000);
  }

  @Test
  void shouldDrawLongsWithoutBiasWhereTheBoundDoesNotDivideThePowerOfTwo() {
    long bound = 3L << 61;
    KeyedRandom random = stream(4);
    int[] counts = new int[3];
    for (int i = 0; i < 30_000; i++) {
      counts[(int) (random.nextLong(bound) >>> 61)]++;
    }
    assertUniform(counts, 30_000);
  }

  @Test
  void shouldSpreadDoublesEvenly() {
    KeyedRandom random = stream(5);
    int[] counts = new int[64];
    for (int i = 0; i < 64_000; i++) {
      double value = random.nextDouble();
      assertThat(value).isGreaterThanOrEqualTo(0).isLessThan(1);
      counts[(int) (value * 64)]++;
    }
    assertUniform(counts, 64_000);
  }

  @Test
  void shouldDrawGaussiansWithTheMomentsOfTheNormalDistribution() {
    KeyedRandom random = stream(6);
    int draws = 200_000;
    double[] moments = new double[5];
    for (int i = 0; i < draws; i++) {
      double value = random.nextGaussian();
      for (int power = 1; power <= 4; power++) {
        moments[power] += StrictMath.pow(value, power) / draws;
      }
    }
    // Five standard errors of each moment: sqrt(1, 2, 15, 96) / sqrt(draws).
    assertThat(moments[1]).isCloseTo(0, within(5 * 1.0 / 447));
    assertThat(moments[2]).isCloseTo(1, within(5 * 1.42 / 447));
    assertThat(moments[3]).isCloseTo(0, within(5 * 3.88 / 447));
    assertThat(moments[4]).isCloseTo(3, within(5 * 9.8 / 447));
  }

  @Test
  void shouldRefuseABoundThatIsNotPositive() {
    assertThatThrownBy(() -> stream(1).nextInt(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bound 0 must be positive");
    assertThatThrownBy(() -> stream(1).nextLong(-5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bound -5 must be positive");
  }

  /** Chi-square, by its normal approximation, within five deviations. */
  private static void assertUniform(int[] counts, int draws) {
    double expected = (double) draws / counts.length;
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += (count - expected) * (count - expected) / expected;
    }
    double freedom = counts.length - 1;
    assertThat((chiSquare - freedom) / Math.sqrt(2 * freedom)).isLessThan(5);
  }
}
