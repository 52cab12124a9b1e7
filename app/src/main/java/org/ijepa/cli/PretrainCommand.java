package org.ijepa.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.ijepa.batch.SampleViews;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.dashboard.Dashboard;
import org.ijepa.failure.ExitCode;
import org.ijepa.node.PretrainRun;
import org.ijepa.report.RunReport;
import org.ijepa.settings.HttpAddress;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a pretraining, or goes on with one. */
@Command(
    name = "pretrain",
    description = {
      "Pretrains, or goes on with a pretraining.",
      "On the images under data.uri. The same command again goes on from the last checkpoint; Ctrl-C",
      "finishes the step, writes a checkpoint and exits with 5."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa pretrain --config conf/photos.conf --set data.uri=photos --out runs/photos",
      "  ijepa pretrain --extend runs/photos --out runs/photos-longer --set optimization.epochs=600",
      "  ijepa pretrain --config conf/vitb16.conf --set data.uri=s3://bucket/train \\",
      "      --set cluster.trainers=2 --out runs/vitb16",
      "  ijepa pretrain --config conf/vitb16.conf --join node1:2551,node2:2551 --set cluster.host=node2 \\",
      "      --set cluster.port=2551 --set data.uri=s3://bucket/train --set checkpoint.uri=s3://bucket/run \\",
      "      --set cluster.insecure=true"
    })
final class PretrainCommand implements Callable<Integer> {
  /** For the end of a node whose trainer hangs; mostly it takes a moment. */
  private static final Duration ORDERLY_END = Duration.ofMinutes(2);

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      defaultValue = "runs/pretrain",
      description = "Run folder (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT",
      split = ",",
      description = "Nodes to join through; short for --set cluster.seed-nodes=[...].")
  private List<String> join = List.of();

  @Option(
      names = "--extend",
      paramLabel = "RUN",
      description = {
        "Goes on from where the finished run in this folder ended, as a new run with schedules of its own",
        "length; short for --config RUN/resolved.conf --set model.init.extend=RUN/checkpoints."
      })
  private Path extend;

  @Override
  public Integer call() throws Exception {
    List<String> more = new ArrayList<>();
    if (!join.isEmpty()) {
      more.add(
          join.stream()
              .map(node -> '"' + node + '"')
              .collect(Collectors.joining(",", "cluster.seed-nodes=[", "]")));
    }
    Optional<FinishedRun> finished = Optional.ofNullable(extend).map(FinishedRun::in);
    finished.ifPresent(run -> more.add(run.asSetting(out)));
    Settings settings = options.load(finished.map(FinishedRun::configuration), more);
    return run(settings, out, spec.commandLine().getOut()).exitCode().number();
  }

  /** Runs to an outcome with progress on {@code out}; signals stop it resumably. */
  static RunOutcome run(Settings settings, Path folder, PrintWriter out) throws Exception {
    RunOutcome[] outcome = new RunOutcome[1];
    LogPlace place = new LogPlace();
    RunLines shown =
        new RunLines(out, settings.logging().everySteps()) {
          @Override
          public void opened(SampleViews images) {
            MaskDrawing.begin(settings, images, folder, out);
          }

          @Override
          public void named(String node) {
            place.named(node);
          }

          @Override
          public void reduced(long generation, long step) {
            place.reduced(generation, step);
          }

          @Override
          public void hung(String why) {
            HardEnd.within(ORDERLY_END, ExitCode.INTERRUPTED, why);
          }
        };
    Liveness liveness = Liveness.of(settings);
    Readiness readiness = new Readiness(shown, liveness);
    try (PretrainRun run = new PretrainRun(settings, folder, readiness, StepProbe.NONE)) {
      Interruption.guard(
          () -> {
            readiness.stopping();
            run.requestStop();
          },
          () -> {
            Closeable view = view(settings, folder, readiness, liveness, out);
            try (view) {
              outcome[0] = run.run();
            } finally {
              place.clear();
            }
            shown.close();
            report(outcome[0], run.led(), folder, out);
            return outcome[0].exitCode().number();
          });
    }
    return outcome[0];
  }

  /** The live view, where one is wanted. */
  private static Closeable view(
      Settings settings, Path folder, Readiness readiness, Liveness liveness, PrintWriter out)
      throws IOException {
    Optional<HttpAddress> at = settings.logging().http();
    if (at.isEmpty()) {
      return () -> {};
    }
    Dashboard dashboard = Dashboard.start(at.get(), folder, readiness, liveness);
    out.println("live view at " + dashboard.url());
    out.flush();
    return dashboard::close;
  }

  private static void report(RunOutcome outcome, boolean led, Path folder, PrintWriter out) {
    if (outcome.step() > 0 && led) {
      try {
        RunReport.write(folder);
      } catch (IOException | RuntimeException e) {
        // The run is what counts, and its outcome stands.
        out.println(
            "report.html could not be written: "
                + ErrorReport.failure(e).line()
                + "; try ijepa report --run "
                + folder);
      }
    }
    String prefix = outcome.exitCode() == ExitCode.DONE ? "done: " : "ijepa: ";
    // A node that only decodes has none.
    String where = Files.isDirectory(folder) ? " (" + folder + ")" : "";
    out.println(prefix + outcome.text() + where);
    out.flush();
  }
}
