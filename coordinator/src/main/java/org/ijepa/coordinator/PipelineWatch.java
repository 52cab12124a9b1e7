package org.ijepa.coordinator;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.ijepa.stage.Bottleneck;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.ijepa.trainer.StepFacts;

/**
 * Adds up what the input's stages count in the steps of a window, and says which of them limits:
 * after every so many steps, and after the last of the run.
 */
final class PipelineWatch {
  /** Name of the log. */
  static final String ABOUT = "pipeline";

  /** Steps of a window: enough for a word that does not change with each hiccup. */
  static final int STEPS = 50;

  private final long totalSteps;
  private final int cores;
  private PipelineCounts window = PipelineCounts.NONE;

  /**
   * A watch with an empty window.
   *
   * @param cores of this node for each trainer; the nodes of a run are taken to be alike
   */
  PipelineWatch(long totalSteps, int cores) {
    this.totalSteps = totalSteps;
    this.cores = Math.max(1, cores);
  }

  /** Takes a committed step in; what is to be said where a window ends with it. */
  Optional<Finding> committed(StepFacts facts) {
    window = window.plus(facts.input());
    long next = facts.step() + 1;
    if (next % STEPS != 0 && next != totalSteps) {
      return Optional.empty();
    }
    PipelineCounts counts = window;
    window = PipelineCounts.NONE;
    if (counts.seconds() <= 0) {
      return Optional.empty();
    }
    Bottleneck found = Bottleneck.of(counts, cores);
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("seconds", counts.seconds());
    numbers.put("input_wait", found.inputWait());
    numbers.put("cores", (double) cores);
    numbers.putAll(counts.numbers());
    boolean well = found.limit() == Bottleneck.Limit.TRAINERS;
    return Optional.of(
        new Finding(
            ABOUT,
            facts.step(),
            numbers,
            found.limit().name().toLowerCase(Locale.ROOT),
            well ? Severity.NORMAL : Severity.WATCH,
            found.text()));
  }
}
