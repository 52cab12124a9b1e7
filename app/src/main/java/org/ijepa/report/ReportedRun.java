package org.ijepa.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.run.EventLog;
import org.ijepa.run.FindingLog;
import org.ijepa.run.Lineage;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.QuarantineLog;
import org.ijepa.run.QuarantinedSample;
import org.ijepa.run.RunEvent;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;

/**
 * What the files of a run folder say.
 *
 * @param metrics of each committed step, at least one
 * @param settings by key, in the order of the file
 * @param lineage the finished runs that it goes on from
 */
record ReportedRun(
    Path path,
    List<StepMetrics> metrics,
    List<FindingLog.Line> collapse,
    List<FindingLog.Line> probe,
    List<FindingLog.Line> pipeline,
    List<QuarantinedSample> quarantine,
    List<RunEvent> events,
    Map<String, Setting> settings,
    Lineage lineage) {
  private static final Pattern SETTING = Pattern.compile("(\\S+)\\s+= (.*?)\\s*# (.*)");

  /**
   * The value of a key.
   *
   * @param origin where it was written, in words
   */
  record Setting(String value, String origin) {
    boolean isDefault() {
      return origin.startsWith("default");
    }
  }

  @FunctionalInterface
  private interface Reader<T> {
    List<T> read(Path file) throws IOException;
  }

  /**
   * Reads a run folder; files that are not there are empty.
   *
   * @throws Failure if the folder holds no step
   */
  static ReportedRun read(Path run) throws IOException {
    List<StepMetrics> metrics = lines(run, "metrics", MetricsLog::read);
    if (metrics.isEmpty()) {
      throw new Failure(
          ExitCode.WRONG_USAGE, run + " holds no committed step", "give the folder of a run");
    }
    return new ReportedRun(
        run,
        metrics,
        lines(run, "collapse", FindingLog::read),
        lines(run, "probe", FindingLog::read),
        lines(run, "pipeline", FindingLog::read),
        lines(run, "quarantine", QuarantineLog::read),
        lines(run, "events", EventLog::read),
        settings(RunFolder.resolvedConfiguration(run)),
        Lineage.read(run));
  }

  private static <T> List<T> lines(Path run, String name, Reader<T> reader) throws IOException {
    Path file = run.resolve(name + ".jsonl");
    return Files.isRegularFile(file) ? reader.read(file) : List.of();
  }

  private static Map<String, Setting> settings(Path file) throws IOException {
    Map<String, Setting> settings = new LinkedHashMap<>();
    if (Files.isRegularFile(file)) {
      for (String line : Files.readAllLines(file)) {
        Matcher setting = SETTING.matcher(line);
        if (setting.matches()) {
          settings.put(setting.group(1), new Setting(setting.group(2), setting.group(3)));
        }
      }
    }
    return settings;
  }

  /** How people call the run. */
  String name() {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? path.toString() : last.toString();
  }

  StepMetrics last() {
    return metrics.get(metrics.size() - 1);
  }

  long skipped() {
    return metrics.stream().filter(StepMetrics::skipped).count();
  }
}
