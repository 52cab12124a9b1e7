package org.ijepa.coordinator;

import java.util.Optional;
import org.ijepa.coordinator.CoordinatorEffect.Decided;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.run.Happening.Found;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.EvaluationSettings.OnCollapse;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.Finding;

/** Writes down what a run's steps and looks between them show, and says what ends the run. */
final class Judgement {
  private final Settings settings;
  private final RunStory story;
  private final RunListener listener;
  private final Findings findings;
  private final PipelineWatch pipeline;

  /** Not the story's number at the end: the step that is under way then may be a good one. */
  private int skipped;

  Judgement(CoordinatorParts parts, RunStory story, RunListener listener) {
    settings = parts.settings();
    this.story = story;
    this.listener = listener;
    long steps = parts.plan().totalSteps();
    findings = new Findings(steps);
    pipeline =
        new PipelineWatch(
            steps, Runtime.getRuntime().availableProcessors() / settings.cluster().trainers());
  }

  /** A step is decided. */
  Optional<Stop> decided(Decided decided) {
    StepMetrics metrics = story.decided(decided);
    listener.committed(metrics);
    Optional<Stop> stop = pipeline.committed(decided.facts()).flatMap(this::found);
    if (stop.isPresent()) {
      return stop;
    }
    if (story.tooManyBad(settings.pipeline().badSampleBudget())) {
      return Optional.of(Stop.BAD_DATA);
    }
    int inARow = story.skippedInARow();
    if (inARow < settings.optimization().maxSkippedSteps()) {
      return Optional.empty();
    }
    skipped = inARow;
    return Optional.of(Stop.NOT_FINITE);
  }

  /** How many steps in a row were skipped when that was too many; 0 if it never was. */
  int skipped() {
    return skipped;
  }

  /** Something was found between steps. */
  Optional<Stop> found(Finding finding) {
    if (!story.found(finding)) {
      return Optional.empty();
    }
    findings.heard(finding).map(Found::new).ifPresent(listener::happened);
    return findings.isLastingAlarm(finding) && settings.evaluation().onCollapse() != OnCollapse.WARN
        ? Optional.of(Stop.COLLAPSED)
        : Optional.empty();
  }

  /** Whether a run that stops goes back to where it was sound. */
  boolean goesBack(Stop why) {
    return why == Stop.COLLAPSED && settings.evaluation().onCollapse() == OnCollapse.ROLLBACK;
  }
}
