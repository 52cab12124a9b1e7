package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyOrderTest {
  private static final int[] POINTS = {
    '/', 'a', 'b', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfb00, 0xffff, 0x10000, 0x10ffff
  };

  @Test
  void shouldBeTheOrderOfTheBytes() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      String a = text(random);
      String b = text(random);
      int bytes =
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
      assertThat(Integer.signum(KeyOrder.UTF8.compare(a, b)))
          .as("%s beside %s", a, b)
          .isEqualTo(Integer.signum(bytes));
    }
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(4); left > 0; left--) {
      text.appendCodePoint(POINTS[random.nextInt(POINTS.length)]);
    }
    return text.toString();
  }
}
