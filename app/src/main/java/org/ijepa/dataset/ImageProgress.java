package org.ijepa.dataset;

/** Hears how many images of a data set are written, after each. */
@FunctionalInterface
public interface ImageProgress {
  /** So many of {@code of} images are written. */
  void written(int images, int of);
}
