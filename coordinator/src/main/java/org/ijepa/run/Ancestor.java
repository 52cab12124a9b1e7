package org.ijepa.run;

import org.ijepa.checkpoint.CheckpointName;

/**
 * A finished run that another one goes on from.
 *
 * @param run its name: that of its folder, or of the prefix that its checkpoints have
 * @param checkpoints where they were when it was extended
 * @param checkpoint the one that was gone on from, its last
 * @param step number of steps that it ended after
 * @param ledgerHead hash that its ledger ended with
 */
public record Ancestor(
    String run, String checkpoints, String checkpoint, long step, String ledgerHead) {

  /** A run that ended with a checkpoint. */
  public static Ancestor of(String checkpoints, CheckpointName checkpoint, String ledgerHead) {
    return new Ancestor(
        name(checkpoints), checkpoints, checkpoint.toString(), checkpoint.step(), ledgerHead);
  }

  /** What people call the run: checkpoints mostly lie in a folder of that name within the run's. */
  private static String name(String checkpoints) {
    String run = checkpoints.replaceFirst("/+$", "").replaceFirst("/checkpoints$", "");
    return run.substring(run.lastIndexOf('/') + 1);
  }

  /** The run and the place in it, for people. */
  public String text() {
    return run + " from step " + step + " (" + checkpoint + " in " + checkpoints + ")";
  }
}
