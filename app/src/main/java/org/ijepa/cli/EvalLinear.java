package org.ijepa.cli;

import java.io.IOException;
import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.feature.SgdProbe;
import org.ijepa.probe.BestOf;
import org.ijepa.probe.LinearProbe;
import org.ijepa.probe.SgdTrials;
import org.ijepa.probe.ValidationSplit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The linear probe. */
@Command(
    name = "linear",
    description = {
      "Multinomial logistic regression on the features of the last blocks.",
      "L-BFGS on cached features: of the last block and of the last four side by side, each as they are",
      "and with batch norm. The best on a validation split of the training images counts; all are shown.",
      "With --sgd, the published way: SGD on features of fresh crops, with a grid of rates and weight",
      "decays, all trained on one stream."
    },
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval linear --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalLinear extends EvalLabelled {
  @Mixin private BlockOptions layers;

  @Option(names = "--sgd", description = "SGD on crops in place of L-BFGS on cached features.")
  private boolean sgd;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "28",
      description = "Of SGD, over the training images.")
  private int epochs;

  @Mixin private CropOptions crops;

  /** What trains on crops computes the features anew in each epoch, and keeps none. */
  @Override
  Values encoded() {
    return sgd ? Values.NOTHING : super.encoded();
  }

  @Override
  Result judge(FrozenEncoder frozen) throws IOException {
    if (sgd && !judgesEncoder()) {
      throw new Failure(
          ExitCode.WRONG_USAGE, "--sgd with --features", "pixels are judged without --sgd");
    }
    requireWith("--sgd", sgd, List.of("--epochs"));
    requireWith("--sgd", sgd, CropOptions.NAMES);
    require(epochs >= 1, "--epochs " + epochs, "give 1 or more");
    BlockChoice blocks = blocks(layers, frozen);
    SgdProbe.Options options =
        new SgdProbe.Options(
            encoder(), blocks.counts(), epochs, crops.rules(frozen.settings()), crops.flip());
    Images images = images(frozen);
    List<String> classes = classes(images);
    ValidationSplit.check(
        images.train().numbers(0, classes),
        sgd ? SgdProbe.VALIDATION_SHARE : LinearProbe.Options.defaults().validationShare());
    Sets sets = features(frozen, images, blocks.most());
    Part train = sets.train();
    Part test = sets.test();
    if (sgd) {
      SgdTrials trials = frozen.sgd(options, train, test, shifts(), classes, seed());
      return named(trials.text(classes::get), trials.toJson(), classes);
    }
    BestOf best =
        frozen.fit(
            progress ->
                blocks.linear(
                    train.features(),
                    train.numbers(0, classes),
                    test.features(),
                    test.numbers(0, classes),
                    seed(),
                    progress));
    return named(best.text(classes::get), best.toJson(), classes);
  }
}
