package org.ijepa.picture;

/** Numbers as colours. */
final class Colours {
  /** Dark blue to yellow, brighter all the way. */
  private static final int[] SCALE = {
    0x440154, 0x414487, 0x2a788e, 0x22a884, 0x7ad151, 0xfde725,
  };

  /** Target blocks, in order. */
  private static final int[] BLOCKS = {0xe6550d, 0x31a354, 0x3182bd, 0xd6308f};

  private Colours() {}

  /** Colour of a value between 0 and 1. */
  static int scale(double value) {
    double at = Math.max(0, Math.min(1, value)) * (SCALE.length - 1);
    int index = (int) Math.min(at, SCALE.length - 2);
    return mix(SCALE[index], SCALE[index + 1], at - index);
  }

  /** Colour of a target block. */
  static int block(int number) {
    return BLOCKS[number % BLOCKS.length];
  }

  /** {@code share} of the second colour over the first. */
  static int mix(int first, int second, double share) {
    int mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      double a = (first >> shift) & 0xff;
      double b = (second >> shift) & 0xff;
      mixed |= (int) Math.round(a + share * (b - a)) << shift;
    }
    return mixed;
  }
}
