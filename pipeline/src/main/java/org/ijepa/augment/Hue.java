package org.ijepa.augment;

/**
 * Turns hues, with hue, saturation and value as bytes in between: so Pillow keeps them, and so a
 * turn by nothing changes colours a little, too.
 *
 * <p>A pixel's hue follows from the order of red, green and blue by size, from the difference of
 * the largest and the smallest (the range) and from how far the middle one is above the smallest;
 * its saturation from the largest and the range. Both are looked up, since the divisions and
 * branches would take most of the time.
 */
final class Hue {
  /** The turn that leads once around. */
  static final int CIRCLE = 255;

  private static final int CHANNELS = 3;
  private static final int LEVELS = 256;
  private static final int SECTORS = 6;

  /** By {@link #place}. */
  private static final byte[] HUES = hues();

  /** By largest and range, each of 8 bits. */
  private static final byte[] SATURATIONS = saturations();

  /** For each hue: in which sixth of the circle it lies. */
  private static final int[] SECTOR = new int[LEVELS];

  /**
   * For each hue: how far it is from the near end of its sixth, at which the middle channel is
   * largest.
   */
  private static final double[] FALL = new double[LEVELS];

  /**
   * For each sixth: by how many bits largest, middle and smallest are shifted in blue, green, red.
   */
  private static final int[] LARGEST = {0, 8, 8, 16, 16, 0};

  private static final int[] MIDDLE = {8, 0, 16, 8, 0, 16};
  private static final int[] SMALLEST = {16, 16, 0, 0, 8, 8};

  static {
    for (int hue = 0; hue < LEVELS; hue++) {
      double sixths = hue * 6.0 / 255.0;
      int sector = (int) sixths;
      float within = (float) (sixths - sector);
      SECTOR[hue] = sector % SECTORS;
      FALL[hue] = sector % 2 == 0 ? 1.0 - within : within;
    }
  }

  private Hue() {}

  /**
   * Adds to the hue of every pixel.
   *
   * @param pixels begins with {@code bytes} bytes of red, green, blue
   * @param turn what is added in 255ths of the circle, of either sign; hues are taken modulo 256
   */
  static void turn(byte[] pixels, int bytes, int turn) {
    for (int i = 0; i < bytes; i += CHANNELS) {
      int red = pixels[i] & 0xff;
      int green = pixels[i + 1] & 0xff;
      int blue = pixels[i + 2] & 0xff;
      int largest = Math.max(red, Math.max(green, blue));
      int smallest = Math.min(red, Math.min(green, blue));
      int range = largest - smallest;
      if (range > 0) {
        int middle = red + green + blue - largest - smallest;
        int hue = (HUES[place(red, green, blue, range, middle - smallest)] + turn) & 0xff;
        float saturation = (SATURATIONS[largest << 8 | range] & 0xff) / 255f;
        int sector = SECTOR[hue];
        int rgb =
            largest << LARGEST[sector]
                | level(largest * (1.0 - saturation * FALL[hue])) << MIDDLE[sector]
                | level(largest * (1.0 - saturation)) << SMALLEST[sector];
        pixels[i] = (byte) rgb;
        pixels[i + 1] = (byte) (rgb >> 8);
        pixels[i + 2] = (byte) (rgb >> 16);
      }
    }
  }

  private static int level(double value) {
    return (int) (value + 0.5);
  }

  /** The signs of three differences tell the order of the channels. */
  private static int place(int red, int green, int blue, int range, int middle) {
    int order = (red - green) >>> 31 | (green - blue) >>> 31 << 1 | (red - blue) >>> 31 << 2;
    return order << 16 | range << 8 | middle;
  }

  private static byte[] saturations() {
    byte[] saturations = new byte[LEVELS * LEVELS];
    for (int largest = 1; largest < LEVELS; largest++) {
      for (int range = 0; range <= largest; range++) {
        saturations[largest << 8 | range] = (byte) (255.0 * ((float) range / largest));
      }
    }
    return saturations;
  }

  private static byte[] hues() {
    byte[] hues = new byte[8 * LEVELS * LEVELS];
    for (int range = 1; range < LEVELS; range++) {
      for (int middle = 0; middle <= range; middle++) {
        set(hues, range, middle, 0, range, middle);
        set(hues, middle, range, 0, range, middle);
        set(hues, 0, range, middle, range, middle);
        set(hues, 0, middle, range, range, middle);
        set(hues, middle, 0, range, range, middle);
        set(hues, range, 0, middle, range, middle);
      }
    }
    return hues;
  }

  private static void set(byte[] hues, int red, int green, int blue, int range, int middle) {
    hues[place(red, green, blue, range, middle)] = (byte) hue(red, green, blue, range);
  }

  /** In 255ths of the circle, from red over green and blue; as exact as Pillow's floats are. */
  private static int hue(int red, int green, int blue, float largest) {
    float fromRed = (largest - red) / largest;
    float fromGreen = (largest - green) / largest;
    float fromBlue = (largest - blue) / largest;
    float sixths;
    if (red == largest) {
      sixths = fromBlue - fromGreen;
    } else if (green == largest) {
      sixths = (float) (2.0 + fromRed - fromBlue);
    } else {
      sixths = (float) (4.0 + fromGreen - fromRed);
    }
    double turns = sixths / 6.0 + 1;
    return (int) (255.0 * (float) (turns < 1 ? turns : turns - 1));
  }
}
