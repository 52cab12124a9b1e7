package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class ShiftsTest {
  private static final int SIDE = 9;
  private static final int MOST = 3;
  private static final Shifts SHIFTS = new Shifts(RandomKey.of(5, "test"), MOST);

  /** Black, but for one pixel of three different channels. */
  private static byte[] dot(int row, int column) {
    byte[] image = new byte[SIDE * SIDE * 3];
    for (int channel = 0; channel < 3; channel++) {
      image[(row * SIDE + column) * 3 + channel] = (byte) (200 + channel);
    }
    return image;
  }

  private static byte[] shifted(Shifts shifts, long sample, byte[] image) {
    ByteBuffer buffer = ByteBuffer.allocate(image.length + 2).position(2);
    buffer.duplicate().put(image);
    shifts.apply(sample, buffer, SIDE, 3);
    assertThat(buffer.position()).isEqualTo(2);
    assertThat(buffer.array()).startsWith(0, 0);
    byte[] moved = new byte[image.length];
    buffer.get(moved);
    return moved;
  }

  @Test
  void shouldMoveToEveryPlaceInReachAndNoOther() {
    Set<String> places = new HashSet<>();
    for (long sample = 0; sample < 1000; sample++) {
      byte[] moved = shifted(SHIFTS, sample, dot(4, 4));
      int at = 0;
      while (moved[at] == 0) {
        at++;
      }
      int row = at / 3 / SIDE;
      int column = at / 3 % SIDE;
      assertThat(moved).isEqualTo(dot(row, column));
      places.add((row - 4) + "," + (column - 4));
    }
    assertThat(places).hasSize(49).contains("-3,3", "3,-3", "0,0");
  }

  @Test
  void shouldMovePixelsOfOtherChannelsToTheSamePlaces() {
    for (int channels : new int[] {1, 4}) {
      for (long sample = 0; sample < 50; sample++) {
        byte[] image = new byte[SIDE * SIDE * channels];
        Arrays.fill(image, channels * (4 * SIDE + 4), channels * (4 * SIDE + 5), (byte) 200);
        ByteBuffer buffer = ByteBuffer.wrap(image);
        SHIFTS.apply(sample, buffer, SIDE, channels);
        byte[] colors = shifted(SHIFTS, sample, dot(4, 4));
        for (int i = 0; i < image.length; i++) {
          assertThat(image[i] != 0).isEqualTo(colors[3 * (i / channels)] != 0);
        }
      }
    }
  }

  @Test
  void shouldLoseWhatMovesOut() {
    int kept = 0;
    for (long sample = 0; sample < 200; sample++) {
      byte[] moved = shifted(SHIFTS, sample, dot(0, SIDE - 1));
      int lit = 0;
      for (byte value : moved) {
        lit += value == 0 ? 0 : 1;
      }
      assertThat(lit).isIn(0, 3);
      kept += lit / 3;
    }
    // Down by 0 to 3 and left by 0 to 3: 16 of 49.
    assertThat(kept).isBetween(40, 95);
  }

  @Test
  void shouldBeAFunctionOfKeyAndSample() {
    byte[] image = dot(4, 4);
    assertThat(shifted(SHIFTS, 7, image)).isEqualTo(shifted(SHIFTS, 7, image));
    assertThat(shifted(Shifts.NONE, 7, image)).isEqualTo(image);
    boolean other = false;
    Shifts others = new Shifts(RandomKey.of(6, "test"), MOST);
    for (long sample = 0; sample < 10; sample++) {
      other |= !Arrays.equals(shifted(SHIFTS, sample, image), shifted(others, sample, image));
    }
    assertThat(other).isTrue();
  }

  @Test
  void shouldLeaveNothingWhereItMovesFartherThanTheImageIsLarge() {
    Shifts far = new Shifts(RandomKey.of(1, "test"), 100);
    int empty = 0;
    for (long sample = 0; sample < 50; sample++) {
      byte[] moved = shifted(far, sample, dot(4, 4));
      boolean black = true;
      for (byte value : moved) {
        black &= value == 0;
      }
      empty += black ? 1 : 0;
    }
    assertThat(empty).isGreaterThan(40);
  }
}
