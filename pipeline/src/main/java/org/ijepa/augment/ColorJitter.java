package org.ijepa.augment;

import java.util.List;
import org.ijepa.random.KeyedRandom;

/**
 * One image's changes of colour, as in SimCLR (Chen et al., 2020, appendix A) and as an option of
 * I-JEPA's published code: brightness, contrast, saturation and hue in random order, in 8 images of
 * 10; then the image becomes grey, in 2 of 10. The bytes are those that torchvision makes of an
 * image of Pillow.
 *
 * @param changes the four in their order, or none of them
 * @param brightness factor of every byte
 * @param contrast factor of every byte's distance from the image's mean luma
 * @param saturation factor of every byte's distance from its pixel's luma
 * @param hue turn of the hue in 255ths of its circle, of either sign
 * @param grey whether luma takes the place of red, green and blue
 */
record ColorJitter(
    List<Change> changes,
    float brightness,
    float contrast,
    float saturation,
    int hue,
    boolean grey) {
  enum Change {
    BRIGHTNESS,
    CONTRAST,
    SATURATION,
    HUE
  }

  private static final int CHANNELS = 3;
  private static final int LEVELS = 256;
  private static final double SHARE_CHANGED = 0.8;
  private static final double SHARE_GREY = 0.2;
  private static final double FACTOR_RANGE = 0.8;
  private static final double HUE_RANGE = 0.2;

  /** Luma of ITU-R BT.601, in 65536ths. */
  private static final int RED = 19595;

  private static final int GREEN = 38470;
  private static final int BLUE = 7471;

  /**
   * Draws an image's changes.
   *
   * @param strength s: factors are drawn from 1 - 0.8 s (at least 0) to 1 + 0.8 s, the hue's turn
   *     from -0.2 s to 0.2 s of its circle
   */
  static ColorJitter draw(KeyedRandom random, double strength) {
    boolean changed = random.nextDouble() < SHARE_CHANGED;
    boolean grey = random.nextDouble() < SHARE_GREY;
    return new ColorJitter(
        changed ? order(random) : List.of(),
        factor(random, strength),
        factor(random, strength),
        factor(random, strength),
        (int) (Hue.CIRCLE * HUE_RANGE * strength * (2 * random.nextDouble() - 1)),
        grey);
  }

  private static List<Change> order(KeyedRandom random) {
    Change[] order = Change.values();
    for (int left = order.length; left > 1; left--) {
      int drawn = random.nextInt(left);
      Change last = order[left - 1];
      order[left - 1] = order[drawn];
      order[drawn] = last;
    }
    return List.of(order);
  }

  private static float factor(KeyedRandom random, double strength) {
    double least = Math.max(0, 1 - FACTOR_RANGE * strength);
    double most = 1 + FACTOR_RANGE * strength;
    return (float) (least + (most - least) * random.nextDouble());
  }

  /**
   * Makes the changes.
   *
   * @param pixels begins with {@code bytes} bytes of red, green, blue
   * @param levels scratch of 256 bytes
   */
  void apply(byte[] pixels, int bytes, byte[] levels) {
    for (Change change : changes) {
      switch (change) {
        case BRIGHTNESS -> stretch(pixels, bytes, 0, brightness, levels);
        case CONTRAST -> stretch(pixels, bytes, meanLuma(pixels, bytes), contrast, levels);
        case SATURATION -> saturate(pixels, bytes, saturation);
        case HUE -> Hue.turn(pixels, bytes, hue);
      }
    }
    if (grey) {
      saturate(pixels, bytes, 0);
    }
  }

  private static void stretch(byte[] pixels, int bytes, int centre, float factor, byte[] levels) {
    for (int level = 0; level < LEVELS; level++) {
      levels[level] = blend(centre, level, factor);
    }
    for (int i = 0; i < bytes; i++) {
      pixels[i] = levels[pixels[i] & 0xff];
    }
  }

  private static void saturate(byte[] pixels, int bytes, float factor) {
    for (int i = 0; i < bytes; i += CHANNELS) {
      int luma = luma(pixels, i);
      pixels[i] = blend(luma, pixels[i] & 0xff, factor);
      pixels[i + 1] = blend(luma, pixels[i + 1] & 0xff, factor);
      pixels[i + 2] = blend(luma, pixels[i + 2] & 0xff, factor);
    }
  }

  private static int meanLuma(byte[] pixels, int bytes) {
    long sum = 0;
    for (int i = 0; i < bytes; i += CHANNELS) {
      sum += luma(pixels, i);
    }
    int count = bytes / CHANNELS;
    return (int) ((double) sum / count + 0.5);
  }

  private static int luma(byte[] pixels, int at) {
    return ((pixels[at] & 0xff) * RED
            + (pixels[at + 1] & 0xff) * GREEN
            + (pixels[at + 2] & 0xff) * BLUE
            + (1 << 15))
        >> 16;
  }

  /** A level's distance from a centre times a factor, cut to whole levels of a byte. */
  private static byte blend(int centre, int level, float factor) {
    float value = centre + factor * (level - centre);
    return (byte) (int) Math.max(0, Math.min(255, value));
  }
}
