package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.node.Models;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.report.RunReport;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a run's report again, or compares runs. */
@Command(
    name = "report",
    description = {
      "Writes report.html of a run, during or after it; of several runs a page that compares them.",
      "For one run pictures of its masks and of its newest checkpoint's features are drawn as well, on",
      "images of its own."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  ijepa report --run runs/photos",
      "  ijepa report --run runs/a --run runs/b --out compared.html"
    })
final class ReportCommand implements Callable<Integer> {
  private static final int IMAGES = 8;

  /** Images that neighbours are looked for among. */
  private static final int AMONG = 500;

  @Spec private CommandSpec spec;

  @Option(
      names = "--run",
      paramLabel = "DIR",
      required = true,
      description = "Run folder; once for each run to compare.")
  private List<Path> runs;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "The page of a comparison (default: compared.html).")
  private Path out;

  @Option(
      names = "--no-pictures",
      description = "Draws no new pictures; those in DIR/pictures are shown all the same.")
  private boolean noPictures;

  @Override
  public Integer call() throws IOException {
    PrintWriter text = spec.commandLine().getOut();
    if (runs.size() > 1) {
      Path page = out == null ? Path.of("compared.html") : out;
      OutputFile.prepare(page);
      RunReport.compare(runs, page);
      text.println(page);
      return ExitCode.DONE.number();
    }
    if (out != null) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "--out is for a comparison; one run's report goes into its folder",
          "leave it out, or name more runs with --run");
    }
    Path run = runs.get(0);
    if (!noPictures && Files.isRegularFile(RunFolder.metrics(run)) && !isDrawn(run)) {
      draw(run);
    }
    text.println(RunReport.write(run));
    return ExitCode.DONE.number();
  }

  /** Whether the pictures are newer than the last step. */
  private static boolean isDrawn(Path run) throws IOException {
    Path last = RunFolder.pictures(run).resolve("predicted.png");
    return Files.exists(last)
        && Files.getLastModifiedTime(last)
                .compareTo(Files.getLastModifiedTime(RunFolder.metrics(run)))
            >= 0;
  }

  /** Draws what can be drawn; a report without pictures is better than none. */
  private void draw(Path run) {
    PrintWriter complaints = spec.commandLine().getErr();
    try {
      pictures(run, spec);
    } catch (IOException | RuntimeException e) {
      String why = e instanceof Failure failure ? failure.line() : e.toString();
      complaints.println("no pictures: " + why);
      complaints.flush();
    }
  }

  /**
   * Draws masks and features of a run on images of its own into its folder.
   *
   * @param command whose errors get the complaints about images that are left out, and progress
   */
  static void pictures(Path run, CommandSpec command) throws IOException {
    PrintWriter complaints = command.commandLine().getErr();
    Settings settings = Settings.load(Optional.of(RunFolder.resolvedConfiguration(run)), List.of());
    String checkpoints = Models.checkpoints(settings, run);
    Path folder = RunFolder.pictures(run);
    try (FrozenEncoder frozen =
        new FrozenEncoder(
            checkpoints, Models.s3(settings), Precision.AUTO, WorkLines.on(complaints, command))) {
      DataSource source = frozen.source(settings.data().requiredSources().get(0).uri());
      MaskDrawing.draw(settings, frozen.views(source), run, complaints);
      int middle = settings.grid() / 2;
      FeaturePictures.of(frozen, Encoder.TARGET, source, IMAGES, AMONG, complaints)
          .write(folder, middle * settings.grid() + middle);
    }
  }
}
