package org.ijepa.feature;

import java.nio.ByteBuffer;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * Moves each image by a number of pixels of its own, down and to the right, from {@code -most} to
 * {@code most} each: a pure function of key and sample. What moves out is gone; what is uncovered
 * is black. Shows how much of a result hangs on things being always at the same place.
 *
 * @param most pixels; 0 moves nothing
 */
public record Shifts(RandomKey key, int most) {
  /** Images stay where they are. */
  public static final Shifts NONE = new Shifts(RandomKey.of(0, "shift"), 0);

  /**
   * Moves one image in place.
   *
   * @param sample its number
   * @param image side x side x channels bytes from its position on, which does not change
   */
  void apply(long sample, ByteBuffer image, int side, int channels) {
    if (most == 0) {
      return;
    }
    KeyedRandom random = key.with(sample).stream();
    int down = random.nextInt(2 * most + 1) - most;
    int right = random.nextInt(2 * most + 1) - most;
    byte[] from = new byte[side * side * channels];
    byte[] to = new byte[from.length];
    image.duplicate().get(from);
    int pixels = side - Math.abs(right);
    for (int row = Math.max(0, down); pixels > 0 && row < Math.min(side, side + down); row++) {
      System.arraycopy(
          from,
          ((row - down) * side + Math.max(0, -right)) * channels,
          to,
          (row * side + Math.max(0, right)) * channels,
          pixels * channels);
    }
    image.duplicate().put(to);
  }
}
