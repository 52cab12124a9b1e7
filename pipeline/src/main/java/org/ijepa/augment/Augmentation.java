package org.ijepa.augment;

import java.nio.ByteBuffer;
import org.ijepa.random.RandomKey;

/**
 * Random changes to a cropped image, a pure function of its key; none of them is in the published
 * recipe of I-JEPA, whose code has them as options.
 *
 * @param flip whether half of the images are mirrored, left to right
 */
public record Augmentation(boolean flip) {
  private static final int CHANNELS = 3;

  /** Leaves images as they are. */
  public static Augmentation none() {
    return new Augmentation(false);
  }

  /**
   * Changes an image in place.
   *
   * @param key the tuple (seed, epoch, position, attempt)
   * @param images buffer that holds the image; its position and limit stay as they are
   * @param at where in it the image's {@code side * side * 3} bytes begin, H x W x 3
   * @param side of the image in pixels
   */
  public void apply(RandomKey key, ByteBuffer images, int at, int side) {
    if (flip && key.stream().nextInt(2) == 1) {
      mirror(images, at, side);
    }
  }

  private static void mirror(ByteBuffer images, int at, int side) {
    int row = side * CHANNELS;
    for (int y = 0; y < side; y++) {
      int left = at + y * row;
      int right = left + row - CHANNELS;
      for (; left < right; left += CHANNELS, right -= CHANNELS) {
        for (int channel = 0; channel < CHANNELS; channel++) {
          byte kept = images.get(left + channel);
          images.put(left + channel, images.get(right + channel));
          images.put(right + channel, kept);
        }
      }
    }
  }
}
