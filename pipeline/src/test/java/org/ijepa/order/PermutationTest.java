package org.ijepa.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class PermutationTest {
  private static Permutation permutation(long seed, long size) {
    return new Permutation(RandomKey.of(seed, "permutation-test"), size);
  }

  @Test
  void shouldBeABijectionForEverySmallSize() {
    for (int size = 1; size <= 50; size++) {
      for (long seed = 0; seed < 40; seed++) {
        assertBijection(permutation(seed, size));
      }
    }
  }

  @Property(tries = 60)
  void shouldBeABijection(@ForAll long seed, @ForAll @IntRange(min = 1, max = 20_000) int size) {
    assertBijection(permutation(seed, size));
  }

  @Property(tries = 200)
  void shouldStayBelowTheSizeForHugeSizes(
      @ForAll long seed,
      @ForAll @LongRange(min = 1, max = 1L << 60) long size,
      @ForAll @LongRange(min = 0, max = (1L << 60) - 1) long position) {
    assertThat(permutation(seed, size).at(position % size)).isBetween(0L, size - 1);
  }

  @Test
  void shouldPutEachSampleAtEachPositionEquallyOften() {
    for (int size : new int[] {2, 3, 4, 5, 7, 9, 16, 17, 33, 50}) {
      int keys = 400 * size;
      int[][] counts = new int[size][size];
      for (int key = 0; key < keys; key++) {
        Permutation permutation = permutation(key, size);
        for (int position = 0; position < size; position++) {
          counts[position][(int) permutation.at(position)]++;
        }
      }
      for (int position = 0; position < size; position++) {
        assertUniform(counts[position], "position " + position + " of " + size);
      }
    }
  }

  @Test
  void shouldPutEachOrderedTripleFirstEquallyOften() {
    for (int size : new int[] {3, 4, 5, 8, 9, 11}) {
      int triples = size * (size - 1) * (size - 2);
      int[] counts = new int[triples];
      for (int key = 0; key < 60 * triples; key++) {
        Permutation permutation = permutation(key, size);
        int first = (int) permutation.at(0);
        int second = (int) permutation.at(1);
        int third = (int) permutation.at(2);
        int secondLeft = second - (second > first ? 1 : 0);
        int thirdLeft = third - (third > first ? 1 : 0) - (third > second ? 1 : 0);
        counts[(first * (size - 1) + secondLeft) * (size - 2) + thirdLeft]++;
      }
      assertUniform(counts, "triples of " + size);
    }
  }

  @Test
  void shouldSpreadNeighboursOverABillion() {
    long size = 1_000_000_000L;
    int cells = 16;
    int[] pairs = new int[cells * cells];
    int[] differences = new int[cells];
    for (long key = 0; key < 20; key++) {
      Permutation permutation = permutation(key, size);
      long start = key * 50_000_000L;
      for (long position = start; position < start + 5_000; position++) {
        long here = permutation.at(position);
        long next = permutation.at(position + 1);
        pairs[(int) (here * cells / size) * cells + (int) (next * cells / size)]++;
        differences[(int) (Math.floorMod(next - here, size) * cells / size)]++;
      }
    }
    assertUniform(pairs, "pairs of neighbours");
    assertUniform(differences, "differences of neighbours");
  }

  @Test
  void shouldShowNoPatternOfTheBase() {
    // Positions a multiple of the base apart share a digit; their samples must not.
    long size = 1_000_000L;
    int cells = 20;
    int[] differences = new int[cells];
    for (long key = 0; key < 40; key++) {
      Permutation permutation = permutation(key, size);
      for (long position = 0; position + 1_000 < size; position += 1_000) {
        long difference = permutation.at(position + 1_000) - permutation.at(position);
        differences[(int) (Math.floorMod(difference, size) * cells / size)]++;
      }
    }
    assertUniform(differences, "differences a base apart");
  }

  @Test
  void shouldHaveOneFixedPointOnAverage() {
    int size = 101;
    int keys = 4_000;
    int fixed = 0;
    for (int key = 0; key < keys; key++) {
      Permutation permutation = permutation(key, size);
      for (int position = 0; position < size; position++) {
        fixed += permutation.at(position) == position ? 1 : 0;
      }
    }
    // The number of fixed points of a random permutation has mean and variance 1.
    assertThat(fixed).isBetween(keys - 5 * 64, keys + 5 * 64);
  }

  @Test
  void shouldRefuseWhatIsOutside() {
    assertThatThrownBy(() -> permutation(1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot permute 0 samples");
    assertThatThrownBy(() -> permutation(1, 5).at(5))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("position 5 is outside a permutation of 5");
  }

  private static void assertBijection(Permutation permutation) {
    int size = (int) permutation.size();
    BitSet seen = new BitSet();
    for (int position = 0; position < size; position++) {
      long value = permutation.at(position);
      assertThat(value).isBetween(0L, size - 1L);
      seen.set((int) value);
    }
    assertThat(seen.cardinality()).isEqualTo(size);
  }

  /** Chi-square, by its normal approximation, within six deviations. */
  private static void assertUniform(int[] counts, String what) {
    double total = 0;
    for (int count : counts) {
      total += count;
    }
    double expected = total / counts.length;
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += (count - expected) * (count - expected) / expected;
    }
    double freedom = counts.length - 1;
    assertThat((chiSquare - freedom) / Math.sqrt(2 * freedom)).as(what).isLessThan(6);
  }
}
