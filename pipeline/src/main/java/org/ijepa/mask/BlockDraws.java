package org.ijepa.mask;

/** The random numbers that the sampler asks for: keyed in a run, recorded in a replay. */
interface BlockDraws {
  /** A place in [0, bound). */
  int below(int bound);
}
