package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.ijepa.collapse.CollapseMonitor;
import org.ijepa.collapse.Verdict;
import org.ijepa.feature.OnlineProbe;
import org.ijepa.run.FindingLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.ijepa.trainer.LayerWatch;

/**
 * What a leader before this one has written down in this folder of steps that came after the
 * checkpoint which this one goes on from. It is void, but for the steps that the trainers remember:
 * of these it tells what they do not, such as how fast they were and what was found after them.
 */
final class EarlierLines {
  /** Nobody was here before. */
  static final EarlierLines NONE =
      new EarlierLines(
          new RunFolder.TakenBack(List.of(), List.of(), List.of(), List.of(), List.of()));

  private final Map<Long, StepMetrics> metrics = new HashMap<>();
  private final Map<Long, List<Finding>> findings = new HashMap<>();

  EarlierLines(RunFolder.TakenBack lines) {
    lines.metrics().forEach(each -> metrics.put(each.step(), each));
    add(CollapseMonitor.ABOUT, lines.collapse(), Verdict::severity);
    add(OnlineProbe.ABOUT, lines.probe(), word -> Severity.NORMAL);
    add(PipelineWatch.ABOUT, lines.pipeline(), word -> Severity.NORMAL);
    add(LayerWatch.ABOUT, lines.layers(), LayerWatch::severity);
  }

  /** What was found, whose lines lack how bad their word is. */
  private void add(String about, List<FindingLog.Line> lines, Function<String, Severity> severity) {
    for (FindingLog.Line line : lines) {
      findings
          .computeIfAbsent(line.step(), step -> new ArrayList<>())
          .add(
              new Finding(
                  about,
                  line.step(),
                  line.numbers(),
                  line.word(),
                  severity.apply(line.word()),
                  line.text()));
    }
  }

  /**
   * The metrics of a step as they were written when it was made.
   *
   * @param remembered what is known of it now
   * @return empty if nothing was written of it, or of another step in its place
   */
  Optional<StepMetrics> metrics(StepMetrics remembered) {
    return Optional.ofNullable(metrics.get(remembered.step()))
        .filter(
            its ->
                Double.compare(its.loss(), remembered.loss()) == 0
                    && Double.compare(its.gradNorm(), remembered.gradNorm()) == 0
                    && its.skipped() == remembered.skipped());
  }

  /** What was found after a step, for those of which there are {@link #metrics}. */
  List<Finding> findings(long step) {
    return findings.getOrDefault(step, List.of());
  }
}
