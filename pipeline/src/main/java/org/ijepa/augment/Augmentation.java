package org.ijepa.augment;

import java.nio.ByteBuffer;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * Random changes to a cropped image, a pure function of its key: mirrored, then its colours, then
 * blurred. None of them is in the published recipe of I-JEPA, whose code has them as options.
 *
 * <p>Each draws from a key of its own, so that one more of them changes nothing of the others.
 *
 * @param flip whether half of the images are mirrored, left to right
 * @param colorJitter strength of the colours' changes, see {@link ColorJitter}; 0 for none
 * @param blur whether half of the images are blurred, by a deviation of 0.1 to 2 pixels
 */
public record Augmentation(boolean flip, double colorJitter, boolean blur) {
  /** At this strength a hue may go half way round its circle, to any other. */
  public static final double MOST_JITTER = 2.5;

  private static final int CHANNELS = 3;
  private static final int COLORS = 1;
  private static final int BLUR = 2;
  private static final double LEAST_DEVIATION = 0.1;

  /** A thread's own memory to work in; holds nothing from one image to the next. */
  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private static final class Scratch {
    private final GaussianBlur blur = new GaussianBlur();
    private final byte[] levels = new byte[256];
    private byte[] pixels = new byte[0];
  }

  /** Leaves images as they are. */
  public static Augmentation none() {
    return new Augmentation(false, 0, false);
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
    if (colorJitter == 0 && !blur) {
      return;
    }
    Scratch scratch = SCRATCH.get();
    int bytes = side * side * CHANNELS;
    if (scratch.pixels.length < bytes) {
      scratch.pixels = new byte[bytes];
    }
    byte[] pixels = scratch.pixels;
    images.get(at, pixels, 0, bytes);
    if (colorJitter > 0) {
      ColorJitter.draw(key.with(COLORS).stream(), colorJitter).apply(pixels, bytes, scratch.levels);
    }
    if (blur) {
      KeyedRandom random = key.with(BLUR).stream();
      if (random.nextInt(2) == 1) {
        double range = GaussianBlur.MOST_DEVIATION - LEAST_DEVIATION;
        scratch.blur.apply(pixels, side, LEAST_DEVIATION + range * random.nextDouble());
      }
    }
    images.put(at, pixels, 0, bytes);
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
