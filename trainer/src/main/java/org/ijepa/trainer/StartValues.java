package org.ijepa.trainer;

import java.io.IOException;
import org.ijepa.replica.Replica;

/** What a new run's replica begins with. */
public interface StartValues {
  /**
   * Fills the replica's state.
   *
   * @throws IOException if the values cannot be read
   */
  void fill(Replica replica) throws IOException;
}
