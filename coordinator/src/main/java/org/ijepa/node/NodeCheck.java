package org.ijepa.node;

import org.ijepa.coordinator.NodeMessage.Welcome;

/** Finds out whether a node may take part in a run, or found a cluster for it; blocks. */
interface NodeCheck {
  /**
   * Compares settings, data and checkpoint store with the run's.
   *
   * @return whether the coordinator's word was found in the checkpoint store
   * @throws org.ijepa.failure.Failure if settings or data are others than the run's
   */
  boolean sharesStore(Welcome welcome);

  /** Whether somebody leads the run now, as the checkpoint store shows; takes its time. */
  boolean isLed();
}
