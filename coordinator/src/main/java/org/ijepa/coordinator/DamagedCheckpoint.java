package org.ijepa.coordinator;

import java.io.IOException;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.store.StoreException;
import org.ijepa.store.StoreException.Kind;

/** A checkpoint whose small files are damaged is named and set aside; the one before it counts. */
public final class DamagedCheckpoint {
  private DamagedCheckpoint() {}

  /** Whether a checkpoint could not be read as it is damaged, and not as its store fails. */
  public static boolean isMeantBy(Exception failure) {
    return StoreException.of(failure)
        .map(store -> store.kind() == Kind.NOT_FOUND)
        .orElse(failure instanceof IOException);
  }

  /** Sets one aside; a line for people. */
  public static String setAside(
      CheckpointStore checkpoints, CheckpointName name, Exception failure) {
    try {
      checkpoints.setAside(name);
    } catch (StoreException e) {
      if (e.kind() != Kind.NOT_FOUND) {
        throw e;
      }
      return "checkpoint " + name + " is gone (" + failure.getMessage() + ")";
    }
    return "checkpoint "
        + name
        + " is damaged ("
        + failure.getMessage()
        + ") and set aside: its manifest is now "
        + CheckpointStore.DAMAGED;
  }

  /** Nothing is left to go on from. */
  public static Failure all(CheckpointStore checkpoints) {
    return new Failure(
        ExitCode.WRONG_USAGE,
        "every checkpoint in " + checkpoints.uri() + " is damaged",
        "restore one, or start a new run with another --out");
  }
}
