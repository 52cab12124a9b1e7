package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.failure.ExitCode;
import org.ijepa.feature.Labels;
import org.ijepa.node.Models;
import org.ijepa.probe.LinearProbe;
import org.ijepa.probe.NearestNeighbours;
import org.ijepa.probe.RidgeRegression;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Judges a checkpoint's frozen features. */
@Command(
    name = "eval",
    description = {
      "Fits a probe on frozen features of a checkpoint and prints how well it does on a test set.",
      "Labels come from labels.csv beside the images, or from their folders' names."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa eval linear --checkpoint runs/a/checkpoints --data data/train --test data/test",
      "  ijepa eval ridge --label nearest --checkpoint runs/a/checkpoints \\",
      "      --data data/train --test data/test"
    })
final class EvalCommand implements Callable<Integer> {

  /** What is fitted. */
  enum Probe {
    LINEAR,
    KNN,
    RIDGE
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PROBE", description = "linear, knn or ridge (a number as label).")
  private Probe probe;

  @Option(
      names = "--checkpoint",
      paramLabel = "URI",
      required = true,
      description = "Folder or s3:// prefix of a run's checkpoints; the newest is taken.")
  private String checkpoints;

  @Option(names = "--data", paramLabel = "URI", required = true, description = "Training images.")
  private String train;

  @Option(names = "--test", paramLabel = "URI", required = true, description = "Test images.")
  private String test;

  @Option(names = "--label", paramLabel = "NAME", description = "Column of labels.csv.")
  private Optional<String> label = Optional.empty();

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      defaultValue = "target",
      description = "target or context (default: ${DEFAULT-VALUE}).")
  private Encoder encoder;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Last blocks side by side (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(names = "--untrained", description = "The run's start values instead of its checkpoint.")
  private boolean untrained;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of the validation split (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the result there as JSON.")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      description = "Where S3 is: data.s3.endpoint, data.s3.region.")
  private List<String> sets = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    Settings access = Settings.load(Optional.empty(), sets);
    PrintWriter out = spec.commandLine().getOut();
    try (FrozenEncoder frozen = new FrozenEncoder(checkpoints, Models.s3(access))) {
      if (untrained) {
        frozen.untrained();
      }
      Part trained = part(frozen, train);
      Part tested = part(frozen, test);
      Result result = fit(trained, tested);
      out.println(
          (untrained ? "untrained start of " : "") + frozen.name() + ", " + encoder + " encoder");
      out.println(result.text());
      if (json.isPresent()) {
        Files.writeString(json.get(), result.json().toPrettyString() + "\n");
      }
      return ExitCode.DONE.number();
    }
  }

  private Part part(FrozenEncoder frozen, String uri) {
    Part part = frozen.part(uri, List.of(label), encoder, layers);
    part.problems().forEach(problem -> spec.commandLine().getErr().println("warning: " + problem));
    if (part.unreadable() > 0) {
      spec.commandLine()
          .getErr()
          .println(part.unreadable() + " files of " + uri + " are no images");
    }
    return part;
  }

  private record Result(String text, ObjectNode json) {}

  private Result fit(Part a, Part b) {
    if (probe == Probe.RIDGE) {
      var ridge = RidgeRegression.fit(a.features(), a.values(0), b.features(), b.values(0), seed);
      return new Result(ridge.text(), ridge.toJson());
    }
    List<String> classes = Labels.classes(a.labels(0), b.labels(0));
    int[] known = a.numbers(0, classes);
    int[] asked = b.numbers(0, classes);
    if (probe == Probe.KNN) {
      var knn =
          NearestNeighbours.fit(
              a.features(), known, b.features(), asked, NearestNeighbours.Options.defaults());
      return new Result(knn.text(), knn.toJson());
    }
    var linear = LinearProbe.fit(a.features(), known, b.features(), asked, seed);
    return new Result(linear.text(), linear.toJson());
  }
}
