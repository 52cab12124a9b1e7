package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.feature.TunedEncoder;
import org.ijepa.feature.Tuning;
import org.ijepa.probe.FineTuning;
import org.ijepa.probe.LinearProbe;
import org.ijepa.probe.LowShot;
import org.ijepa.probe.LowShot.Amount;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The linear probe on few labels. */
@Command(
    name = "lowshot",
    description = {
      "The linear probe on few labels of each class, drawn several times.",
      "Batch norm and a linear layer; mean accuracy and its interval over draws. With --fine-tune, the",
      "encoder itself is trained on the same draws as well, and both are shown."
    },
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval lowshot --share 0.01 --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalLowshot extends EvalBlocks {
  /** Of fine-tuning. */
  private static final double WEIGHT_DECAY = 0.05;

  private static final double DEFAULT_SHARE = 0.01;

  @ArgGroup(exclusive = true)
  private Labelled labelled = new Labelled();

  /** How many labels: a share, or a number of each class. */
  static final class Labelled {
    @Option(
        names = "--share",
        paramLabel = "SHARE",
        description = "Share of each class, such as 0.01 (the default) or 0.1.")
    private Double share;

    @Option(names = "--per-class", paramLabel = "N", description = "So many of each class.")
    private Integer perClass;

    Amount amount() {
      if (perClass != null) {
        require(perClass >= 1, "--per-class " + perClass, "give 1 or more");
        return new LowShot.PerClass(perClass);
      }
      if (share == null) {
        return new LowShot.Share(DEFAULT_SHARE);
      }
      require(share > 0 && share < 1, "--share " + share, "give a number between 0 and 1");
      return new LowShot.Share(share);
    }
  }

  @Option(names = "--draws", paramLabel = "N", defaultValue = "5", description = "How many.")
  private int draws;

  @Option(
      names = "--fine-tune",
      description = "Trains encoder and linear layer together on each draw, too.")
  private boolean fineTune;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "50",
      description = "Of fine-tuning, over the labelled images.")
  private int epochs;

  @Option(
      names = "--rates",
      paramLabel = "RATE",
      split = ",",
      defaultValue = "1e-4,3e-4,1e-3",
      description = "Learning rates of fine-tuning, of which the first draw chooses.")
  private List<Double> rates;

  @Mixin private CropOptions crops;

  @Override
  Result judge(FrozenEncoder frozen) throws IOException {
    if (fineTune && !judgesEncoder()) {
      throw new Failure(
          ExitCode.WRONG_USAGE, "--fine-tune with --features", "only an encoder can be fine-tuned");
    }
    requireWith("--fine-tune", fineTune, List.of("--epochs", "--rates"));
    requireWith("--fine-tune", fineTune, CropOptions.NAMES);
    require(
        rates.stream().allMatch(rate -> rate > 0 && rate < Double.POSITIVE_INFINITY),
        "--rates " + rates,
        "give positive numbers");
    require(draws >= 2, "--draws " + draws, "give 2 or more: one draw has no interval");
    require(epochs >= 1, "--epochs " + epochs, "give 1 or more");
    Tuning tuning =
        new Tuning(encoder(), epochs, WEIGHT_DECAY, crops.rules(frozen.settings()), crops.flip());
    Amount amount = labelled.amount();
    Images images = images(frozen);
    List<String> classes = classes(images);
    Sets sets = features(frozen, images);
    Part train = sets.train();
    Part test = sets.test();
    var result =
        frozen.fit(
            progress ->
                LowShot.fit(
                    train.features(),
                    train.numbers(0, classes),
                    test.features(),
                    test.numbers(0, classes),
                    amount,
                    draws,
                    seed(),
                    LinearProbe.Options.defaults(),
                    progress));
    if (!fineTune) {
      return named(result.text(), result.toJson(), classes);
    }
    try (TunedEncoder tuned = frozen.tuned(tuning, train, test, shifts())) {
      var tried =
          frozen.fit(
              progress ->
                  FineTuning.fit(
                      tuned,
                      train.numbers(0, classes),
                      test.numbers(0, classes),
                      amount,
                      draws,
                      seed(),
                      rates,
                      progress));
      ObjectNode json = result.toJson();
      json.set("fine_tuning", tried.toJson());
      return named(result.text() + System.lineSeparator() + tried.text(), json, classes);
    }
  }
}
