package org.ijepa.order;

import org.ijepa.random.RandomKey;

/**
 * One place of a run.
 *
 * @param source whose sample stands there, from 0
 * @param epoch of that source, from 0
 * @param position place within the epoch's permuted sequence of the source's samples, from 0
 * @param sample the sample that stands there, as its number among those of all sources, the first
 *     source's first
 */
public record Place(int source, long epoch, long position, long sample) {
  /** A place of a run with one source. */
  public Place(long epoch, long position, long sample) {
    this(0, epoch, position, sample);
  }

  /** The key of what is drawn for this place and one purpose: no two places share one. */
  public RandomKey key(RandomKey purpose) {
    return sourceKey(purpose, source).with(epoch).with(position);
  }

  /**
   * The key of what is drawn for a source and one purpose. The first source's is that of the
   * purpose itself, as of a run that has no other; no epoch is negative, so that tuples of the
   * others never begin as the first one's do.
   */
  public static RandomKey sourceKey(RandomKey purpose, int source) {
    return source == 0 ? purpose : purpose.with(-(long) source);
  }
}
