package org.ijepa.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import org.ijepa.run.FindingLog;
import org.ijepa.stage.PipelineCounts;

/** Counts over whole files, however few of their lines are kept. */
final class Totals {
  private long steps;
  private long skipped;
  private long quarantined;
  private long checkpoints;
  private long planned;
  private PipelineCounts stages = PipelineCounts.NONE;

  /**
   * The counts.
   *
   * @param steps committed, as the metrics have them
   * @param skipped of these, steps that changed no weights
   * @param quarantined uses of samples that could not be read
   * @param checkpoints completed, those that are deleted by now as well
   * @param planned steps of the whole run; 0 where no event tells
   */
  record Counts(long steps, long skipped, long quarantined, long checkpoints, long planned) {}

  void add(RunFile file, JsonNode line) {
    switch (file) {
      case METRICS -> {
        steps++;
        skipped += line.path("skipped").asBoolean() ? 1 : 0;
      }
      case EVENTS -> {
        checkpoints += line.path("kind").asText().equals("checkpoint") ? 1 : 0;
        planned = Math.max(planned, line.path("total_steps").asLong());
      }
      case QUARANTINE -> quarantined++;
      case PIPELINE -> stages = stages.plus(PipelineCounts.of(FindingLog.of(line).numbers()));
      case COLLAPSE, PROBE -> {}
    }
  }

  void forget(RunFile file) {
    switch (file) {
      case METRICS -> {
        steps = 0;
        skipped = 0;
      }
      case EVENTS -> {
        checkpoints = 0;
        planned = 0;
      }
      case QUARANTINE -> quarantined = 0;
      case PIPELINE -> stages = PipelineCounts.NONE;
      case COLLAPSE, PROBE -> {}
    }
  }

  /** What the stages of the input have counted. */
  PipelineCounts stages() {
    return stages;
  }

  Counts counts() {
    return new Counts(steps, skipped, quarantined, checkpoints, planned);
  }
}
