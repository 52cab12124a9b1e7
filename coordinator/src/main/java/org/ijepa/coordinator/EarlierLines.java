package org.ijepa.coordinator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ijepa.collapse.CollapseMonitor;
import org.ijepa.collapse.Verdict;
import org.ijepa.feature.OnlineProbe;
import org.ijepa.run.FindingLog;
import org.ijepa.run.MetricsLog;
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
  static final EarlierLines NONE = new EarlierLines(Map.of(), Map.of());

  private final Map<Long, StepMetrics> metrics;
  private final Map<Long, List<Finding>> findings;

  private EarlierLines(Map<Long, StepMetrics> metrics, Map<Long, List<Finding>> findings) {
    this.metrics = metrics;
    this.findings = findings;
  }

  /** Reads the lines of {@code from} and later steps. */
  static EarlierLines read(Path folder, long from) throws IOException {
    Map<Long, StepMetrics> metrics = new HashMap<>();
    for (StepMetrics each : MetricsLog.read(RunFolder.metrics(folder), from)) {
      metrics.put(each.step(), each);
    }
    Map<String, Path> logs = new LinkedHashMap<>();
    logs.put(CollapseMonitor.ABOUT, RunFolder.collapse(folder));
    logs.put(OnlineProbe.ABOUT, RunFolder.probe(folder));
    logs.put(PipelineWatch.ABOUT, RunFolder.pipeline(folder));
    logs.put(LayerWatch.ABOUT, RunFolder.layers(folder));
    Map<Long, List<Finding>> findings = new HashMap<>();
    for (Map.Entry<String, Path> log : logs.entrySet()) {
      for (FindingLog.Line line : FindingLog.read(log.getValue(), from)) {
        findings
            .computeIfAbsent(line.step(), step -> new ArrayList<>())
            .add(finding(log.getKey(), line));
      }
    }
    return new EarlierLines(metrics, findings);
  }

  private static Finding finding(String about, FindingLog.Line line) {
    Severity severity =
        switch (about) {
          case CollapseMonitor.ABOUT -> Verdict.severity(line.word());
          case LayerWatch.ABOUT -> LayerWatch.severity(line.word());
          default -> Severity.NORMAL;
        };
    return new Finding(about, line.step(), line.numbers(), line.word(), severity, line.text());
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
