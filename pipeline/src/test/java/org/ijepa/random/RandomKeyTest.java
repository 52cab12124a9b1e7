package org.ijepa.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class RandomKeyTest {
  @Test
  void shouldTellTuplesOfEqualSumApart() {
    Set<RandomKey> keys = new HashSet<>();
    int tuples = 0;
    for (long seed = 0; seed < 12; seed++) {
      for (long epoch = 0; epoch < 12; epoch++) {
        for (long position = 0; position < 12; position++) {
          keys.add(RandomKey.of(seed, "mask").with(epoch).with(position));
          tuples++;
        }
      }
    }
    assertThat(keys).hasSize(tuples);
  }

  @Test
  void shouldTellPurposesApart() {
    Set<RandomKey> keys = new HashSet<>();
    for (String purpose : new String[] {"", "a", "b", "ab", "\0", "\0a", "maskmask", "maskmaskm"}) {
      keys.add(RandomKey.of(1, purpose));
    }
    assertThat(keys).hasSize(8);
  }

  @Test
  void shouldTellLengthsOfTuplesApart() {
    RandomKey key = RandomKey.of(1, "mask");
    assertThat(Set.of(key, key.with(0), key.with(0).with(0))).hasSize(3);
  }

  @Property(tries = 200)
  void shouldChangeAboutHalfTheBitsWithOneBitOfAPart(@ForAll long seed, @ForAll long part) {
    RandomKey key = RandomKey.of(seed, "bits");
    int changed = 0;
    for (int bit = 0; bit < Long.SIZE; bit++) {
      RandomKey one = key.with(part);
      RandomKey other = key.with(part ^ 1L << bit);
      changed += Long.bitCount(one.high() ^ other.high()) + Long.bitCount(one.low() ^ other.low());
    }
    // 64 x 128 fair coins: mean 4096, deviation 45.
    assertThat(changed).isBetween(4096 - 6 * 45, 4096 + 6 * 45);
  }

  @Test
  void shouldKeepItsValuesForever() {
    // Recorded from this implementation: a change here changes every run of every user.
    assertThat(RandomKey.of(1, "mask").with(2).with(3).stream().nextLong())
        .isEqualTo(1937380829773170502L);
  }
}
