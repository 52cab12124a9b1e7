package org.ijepa.replica;

/** Parts of a training step that a replica computes, in their order. */
public enum Phase {
  /** Pixels become patches. */
  INPUT,
  TARGET,
  CONTEXT,
  PREDICTOR,
  /** Loss and gradients. */
  BACKWARD,
  OPTIMIZER,
  EMA
}
