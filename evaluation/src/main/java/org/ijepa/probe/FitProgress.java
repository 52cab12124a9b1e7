package org.ijepa.probe;

/** Hears how far the fits of a probe are, on the thread that fits. */
@FunctionalInterface
public interface FitProgress {
  /** Hears nothing. */
  FitProgress NONE = (fits, of, iterations) -> {};

  /**
   * A fit has gone on.
   *
   * @param fits that are done
   * @param of so many
   * @param iterations, or epochs, of the one under way
   */
  void at(int fits, int of, int iterations);
}
