package org.ijepa.trainer;

import java.io.IOException;
import org.ijepa.replica.Replica;

/** What a new run's replica begins with. */
public interface StartValues {
  /**
   * Fills the replica's state.
   *
   * @param moved is told as values come from elsewhere
   * @throws IOException if the values cannot be read
   */
  void fill(Replica replica, Runnable moved) throws IOException;
}
