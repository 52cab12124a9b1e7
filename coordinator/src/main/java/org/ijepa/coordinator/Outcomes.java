package org.ijepa.coordinator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.store.StoreException;

/** How a run ended, in exit codes and in words. */
final class Outcomes {
  private Outcomes() {}

  /**
   * The outcome of a run that ended as the protocol has it.
   *
   * @param step number of steps committed
   * @param skipped how many steps were skipped, one after another, when that was too many
   * @param setback what failed last of all sums, in a line
   * @param failure why no trainer can go on, if that is why it ended
   */
  static RunOutcome of(
      Finished finished, long step, int skipped, String setback, Optional<Fail> failure) {
    String unsaved = finished.saved() ? "" : "; its last checkpoint could not be written";
    return switch (finished.why()) {
      case COMPLETE ->
          new RunOutcome(
              finished.saved() ? ExitCode.DONE : ExitCode.INTERRUPTED,
              step,
              "all " + step + " steps are done" + unsaved);
      case INTERRUPTED ->
          new RunOutcome(
              ExitCode.INTERRUPTED,
              step,
              "stopped after " + step + " steps; the same command goes on from there" + unsaved);
      case NOT_FINITE ->
          new RunOutcome(
              ExitCode.TRAINING_FAILED,
              step,
              "loss or gradient was not finite in "
                  + skipped
                  + " steps in a row (optimization.max-skipped-steps); lower optimization.lr"
                  + unsaved);
      case COLLAPSED ->
          new RunOutcome(
              ExitCode.TRAINING_FAILED,
              step,
              "the encoder collapses; see collapse.jsonl (evaluation.on-collapse = warn goes on)"
                  + unsaved);
      case BAD_DATA ->
          new RunOutcome(
              ExitCode.BAD_DATA,
              step,
              "more bad samples than pipeline.bad-sample-budget allows; see quarantine.jsonl"
                  + unsaved);
      case NOT_BACK ->
          new RunOutcome(
              ExitCode.INTERRUPTED,
              step,
              "stopped after "
                  + step
                  + " steps: a lost node did not come back within cluster.rejoin-timeout"
                  + unsaved);
      case NO_SUM ->
          new RunOutcome(
              ExitCode.INTERRUPTED,
              step,
              "stopped after "
                  + step
                  + " steps: "
                  + setback
                  + "; mend what fails there, then the same command goes on"
                  + unsaved);
      case FAILED -> {
        Fail why = failure.orElseThrow();
        yield new RunOutcome(why.exitCode(), step, why.reason() + unsaved);
      }
    };
  }

  /**
   * The outcome of a run that was taken back.
   *
   * @param newest the last checkpoint without signs of collapse, if there is one
   * @param checkpoints where they are
   */
  static RunOutcome collapsed(long step, Optional<CheckpointName> newest, String checkpoints) {
    String what =
        newest
            .map(
                name ->
                    "its newest checkpoint is "
                        + name
                        + " again, from before; begin another run there with other settings, such as"
                        + " a lower optimization.lr: --set model.init.checkpoint="
                        + checkpoints)
            .orElse(
                "no checkpoint is from before, so all are kept; begin anew with other settings, such"
                    + " as a lower optimization.lr");
    return new RunOutcome(
        ExitCode.TRAINING_FAILED, step, "the encoder collapses, see collapse.jsonl; " + what);
  }

  /** The outcome of a run that its coordinator cannot go on with. */
  static RunOutcome of(Throwable failure, long step) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof Failure known) {
        return new RunOutcome(known.exitCode(), step, known.line());
      }
    }
    return new RunOutcome(ExitCode.INTERRUPTED, step, text(failure));
  }

  /** What failed, without what it is wrapped in. */
  static String text(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof CompletionException || cause instanceof UncheckedIOException)) {
      cause = cause.getCause();
    }
    boolean isOfTheWorld = cause instanceof IOException || cause instanceof StoreException;
    return isOfTheWorld && cause.getMessage() != null ? cause.getMessage() : cause.toString();
  }
}
