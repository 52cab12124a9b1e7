package org.ijepa.mask;

import org.ijepa.random.KeyedRandom;

/** Where a sampler takes its random numbers from: a keyed stream, or a record to be replayed. */
interface MaskDraws {
  /** A number in [0, 1), for a block's size. */
  double unit();

  /** One of 0 ... {@code bound} - 1, for the top or left of a block. */
  int below(int bound);

  /** Draws from a keyed stream. */
  static MaskDraws of(KeyedRandom random) {
    return new MaskDraws() {
      @Override
      public double unit() {
        return random.nextDouble();
      }

      @Override
      public int below(int bound) {
        return random.nextInt(bound);
      }
    };
  }
}
