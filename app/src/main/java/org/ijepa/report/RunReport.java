package org.ijepa.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ijepa.report.ReportedRun.Setting;
import org.ijepa.run.FindingLog;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Found;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.QuarantinedSample;
import org.ijepa.run.RunEvent;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;

/** A run, or several beside one another, as a page from the files of their folders. */
public final class RunReport {
  private static final int MOST_ROWS = 50;
  private static final List<String> STAGES = List.of("fetch", "decode", "batch", "trainer");

  private RunReport() {}

  /**
   * Writes {@code report.html} into a run folder.
   *
   * @return the page
   * @throws org.ijepa.failure.Failure if the folder holds no step
   */
  public static Path write(Path folder) throws IOException {
    ReportedRun run = ReportedRun.read(folder);
    Map<String, ReportedRun> alone = Map.of(run.name(), run);
    Page page = new Page(folder.toString());
    run.lineage().parent().ifPresent(parent -> page.paragraph("Extends " + parent.text() + "."));
    summary(page, alone);
    pictures(page, folder);
    curves(page, alone);
    findings(page, alone);
    stages(page, run);
    regroupings(page, run);
    events(page, run);
    quarantine(page, run);
    configuration(page, run);
    Path file = folder.resolve("report.html");
    page.write(file);
    return file;
  }

  /**
   * Writes a page that shows runs beside one another.
   *
   * @param folders two at least
   * @throws org.ijepa.failure.Failure if a folder holds no step
   */
  public static void compare(List<Path> folders, Path file) throws IOException {
    Map<String, ReportedRun> runs = new LinkedHashMap<>();
    for (Path folder : folders) {
      ReportedRun run = ReportedRun.read(folder);
      boolean taken = runs.containsKey(run.name());
      runs.put(taken ? folder.toString() : run.name(), run);
    }
    Page page = new Page(String.join(", ", runs.keySet()));
    summary(page, runs);
    differences(page, runs);
    curves(page, runs);
    findings(page, runs);
    page.write(file);
  }

  private static void summary(Page page, Map<String, ReportedRun> runs) {
    List<List<String>> rows = new ArrayList<>();
    runs.forEach((name, run) -> rows.add(summary(name, run)));
    page.table(
        List.of(
            "run",
            "steps",
            "images",
            "last loss",
            "images/s, median step",
            "skipped steps",
            "regroupings",
            "quarantined",
            "collapse",
            "probe"),
        rows,
        MOST_ROWS);
  }

  private static List<String> summary(String name, ReportedRun run) {
    StepMetrics last = run.last();
    return List.of(
        name,
        String.valueOf(last.step() + 1),
        String.valueOf(last.samples()),
        number(last.loss()),
        wholeNumber(StepMetrics.medianRate(run.metrics())),
        String.valueOf(run.skipped()),
        String.valueOf(Regroupings.of(run.events()).size()),
        String.valueOf(run.quarantine().size()),
        lastWord(run.collapse()),
        lastText(run.probe()));
  }

  private static String lastWord(List<FindingLog.Line> lines) {
    return lines.isEmpty() ? "not looked for" : lines.get(lines.size() - 1).word();
  }

  private static String lastText(List<FindingLog.Line> lines) {
    return lines.isEmpty() ? "none" : lines.get(lines.size() - 1).text();
  }

  private static void pictures(Page page, Path folder) throws IOException {
    Path pictures = RunFolder.pictures(folder);
    if (!Files.isDirectory(pictures)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> listed = Files.list(pictures)) {
      files = listed.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
    if (!files.isEmpty()) {
      page.section("Masks and features");
    }
    for (Path file : files) {
      page.picture(String.valueOf(file.getFileName()), Files.readAllBytes(file));
    }
  }

  private static void curves(Page page, Map<String, ReportedRun> runs) throws IOException {
    page.section("Training");
    curve(page, "loss", runs, StepMetrics::loss);
    curve(page, "gradient norm", runs, StepMetrics::gradNorm);
    curve(page, "learning rate", runs, StepMetrics::learningRate);
    curve(page, "weight decay", runs, StepMetrics::weightDecay);
    curve(page, "EMA momentum", runs, StepMetrics::ema);
    curve(page, "images per second", runs, StepMetrics::imagesPerSecond);
    curve(page, "input wait, seconds", runs, StepMetrics::inputWaitSeconds);
    curve(page, "trainers", runs, StepMetrics::worldSize);
    curve(page, "generation", runs, StepMetrics::generation);
  }

  private static void curve(
      Page page, String title, Map<String, ReportedRun> runs, ToDoubleFunction<StepMetrics> value)
      throws IOException {
    Curves.ofRuns(title, runs, ReportedRun::metrics, StepMetrics::step, value).addTo(page);
  }

  private static void findings(Page page, Map<String, ReportedRun> runs) throws IOException {
    if (runs.values().stream().anyMatch(run -> !run.collapse().isEmpty())) {
      page.section("Signs of collapse");
      runs.forEach((name, run) -> page.paragraph(name + ": " + lastText(run.collapse())));
      for (String measure :
          List.of(
              "rank",
              "position_share",
              "target_variance",
              "image_cosine",
              "patch_cosine",
              "deviation",
              "loss",
              "position_loss")) {
        collapse(page, measure, runs);
      }
    }
    if (runs.values().stream().anyMatch(run -> !run.probe().isEmpty())) {
      page.section("Online probe");
      // One of them: it follows from the labels, which runs that are compared need not share.
      probe(page, "accuracy", "accuracy", runs);
      probe(page, "R²", "r2", runs);
    }
  }

  private static void probe(Page page, String title, String measure, Map<String, ReportedRun> runs)
      throws IOException {
    Curves.ofRuns(
            title, runs, ReportedRun::probe, FindingLog.Line::step, line -> measure(line, measure))
        .addTo(page);
  }

  private static void collapse(Page page, String measure, Map<String, ReportedRun> runs)
      throws IOException {
    Curves.ofRuns(
            measure.replace('_', ' '),
            runs,
            ReportedRun::collapse,
            FindingLog.Line::step,
            line -> measure(line, measure))
        .addTo(page);
  }

  private static double measure(FindingLog.Line line, String name) {
    return line.numbers().getOrDefault(name, Double.NaN);
  }

  private static void stages(Page page, ReportedRun run) throws IOException {
    if (run.pipeline().isEmpty()) {
      return;
    }
    page.section("Throughput by stage");
    page.paragraph(lastText(run.pipeline()));
    Curves busy = new Curves("share of a stage's places that is busy");
    Curves rate = new Curves("elements out of a stage, per second");
    for (String stage : STAGES) {
      busy.line(stage, run.pipeline(), FindingLog.Line::step, line -> busyShare(line, stage));
      rate.line(
          stage,
          run.pipeline(),
          FindingLog.Line::step,
          line -> measure(line, stage + "_out") / measure(line, "seconds"));
    }
    busy.addTo(page);
    rate.addTo(page);
  }

  private static double busyShare(FindingLog.Line line, String stage) {
    double busy = measure(line, stage + "_busy");
    return busy
        / (busy + measure(line, stage + "_upstream") + measure(line, stage + "_downstream"));
  }

  private static void regroupings(Page page, ReportedRun run) {
    page.section("Faults and recoveries");
    List<Regroupings.Regrouping> found = Regroupings.of(run.events());
    if (found.isEmpty()) {
      page.paragraph("The trainers that began a session ended it.");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (Regroupings.Regrouping one : found) {
      rows.add(
          0,
          List.of(
              seconds(one.at()),
              one.why(),
              String.format(Locale.ROOT, "%.1f", one.took().toMillis() / 1e3),
              String.valueOf(one.generation()),
              String.valueOf(one.trainers()),
              String.valueOf(one.step())));
    }
    page.paragraph(found.size() + " times trainers came or went, the newest first.");
    page.table(
        List.of("time", "why", "seconds to the next generation", "generation", "trainers", "step"),
        rows,
        MOST_ROWS);
  }

  private static String seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static void events(Page page, ReportedRun run) {
    List<List<String>> rows = new ArrayList<>();
    for (RunEvent event : run.events()) {
      // Findings have their curves; who took part is for the live view.
      boolean isElsewhere =
          event.what() instanceof CheckpointStored
              || event.what() instanceof Found
              || event.what() instanceof MembersChanged;
      if (!isElsewhere) {
        rows.add(0, List.of(seconds(event.time()), String.valueOf(event.step()), event.text()));
      }
    }
    long checkpoints =
        run.events().stream().filter(event -> event.what() instanceof CheckpointStored).count();
    page.paragraph(checkpoints + " checkpoints were completed.");
    page.beginFolded("what happened, the newest first");
    page.table(List.of("time", "step", "event"), rows, 4 * MOST_ROWS);
    page.endFolded();
  }

  private static void quarantine(Page page, ReportedRun run) {
    page.section("Samples that could not be used");
    if (run.quarantine().isEmpty()) {
      page.paragraph("none");
      return;
    }
    Map<List<String>, List<QuarantinedSample>> bySample =
        run.quarantine().stream()
            .collect(
                Collectors.groupingBy(
                    use -> List.of(use.sample(), use.cause()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    page.paragraph(
        "%,d samples, in whose places others stood in %,d times."
            .formatted(bySample.size(), run.quarantine().size()));
    List<List<String>> rows = new ArrayList<>();
    bySample.forEach(
        (sample, uses) ->
            rows.add(
                List.of(
                    sample.get(0),
                    sample.get(1),
                    String.valueOf(uses.size()),
                    String.valueOf(uses.get(0).step()),
                    uses.get(0).substitute())));
    page.table(
        List.of("sample", "cause", "times", "first in step", "stood in then"), rows, MOST_ROWS);
  }

  private static void configuration(Page page, ReportedRun run) {
    if (run.settings().isEmpty()) {
      return;
    }
    page.section("Configuration");
    run.events().stream()
        .filter(event -> event.what() instanceof Led)
        .reduce((first, second) -> second)
        .ifPresent(event -> page.paragraph(event.text()));
    page.paragraph("To do the same again, in one process:");
    page.code(RepeatCommand.of(RunFolder.resolvedConfiguration(run.path()), run.settings()));
    List<List<String>> all = new ArrayList<>();
    List<List<String>> changed = new ArrayList<>();
    run.settings()
        .forEach(
            (key, setting) -> {
              List<String> row = List.of(key, setting.value(), setting.origin());
              all.add(row);
              if (!setting.isDefault()) {
                changed.add(row);
              }
            });
    List<String> heads = List.of("key", "value", "from");
    page.table(heads, changed, changed.size());
    page.beginFolded("all " + all.size() + " keys");
    page.table(heads, all, all.size());
    page.endFolded();
  }

  private static void differences(Page page, Map<String, ReportedRun> runs) {
    Set<String> keys = new LinkedHashSet<>();
    runs.values().forEach(run -> keys.addAll(run.settings().keySet()));
    List<List<String>> rows = new ArrayList<>();
    for (String key : keys) {
      List<String> values =
          runs.values().stream()
              .map(run -> run.settings().getOrDefault(key, new Setting("not there", "")).value())
              .toList();
      if (Set.copyOf(values).size() > 1) {
        rows.add(Stream.concat(Stream.of(key), values.stream()).toList());
      }
    }
    page.section("Configuration where it differs");
    if (rows.isEmpty()) {
      page.paragraph("All keys have the same values.");
      return;
    }
    page.table(Stream.concat(Stream.of("key"), runs.keySet().stream()).toList(), rows, rows.size());
  }

  private static String wholeNumber(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.0f", value) : "not known";
  }

  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "not finite";
  }
}
