package org.ijepa.cli;

import java.io.IOException;
import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.probe.AttentiveProbe;
import org.ijepa.probe.ValidationSplit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Learned attention over patches. */
@Command(
    name = "attentive",
    description = {
      "Learned cross-attention over the patches' features, then a linear layer.",
      "Of the last block. All patches of all images are in memory: 4 bytes x images x patches x width."
    },
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval attentive --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalAttentive extends EvalLabelled {
  @Option(
      names = "--heads",
      paramLabel = "N",
      defaultValue = "4",
      description = "Of the attention.")
  private int heads;

  @Option(names = "--epochs", paramLabel = "N", defaultValue = "20", description = "Of each fit.")
  private int epochs;

  @Override
  Values encoded() {
    return Values.PATCHES;
  }

  @Override
  Result judge(FrozenEncoder frozen) throws IOException {
    require(heads >= 1, "--heads " + heads, "give 1 or more");
    require(epochs >= 1, "--epochs " + epochs, "give 1 or more");
    AttentiveProbe.Options defaults = AttentiveProbe.Options.defaults();
    AttentiveProbe.Options options =
        new AttentiveProbe.Options(
            heads,
            defaults.rates(),
            defaults.weightDecay(),
            epochs,
            defaults.batch(),
            defaults.validationShare());
    Images images = images(frozen);
    List<String> classes = classes(images);
    ValidationSplit.check(images.train().numbers(0, classes), options.validationShare());
    Sets sets = features(frozen, images, 1);
    Part train = sets.train();
    Part test = sets.test();
    var result =
        frozen.fit(
            progress ->
                AttentiveProbe.fit(
                    train.features(),
                    train.numbers(0, classes),
                    test.features(),
                    test.numbers(0, classes),
                    width(frozen),
                    seed(),
                    options,
                    progress));
    return named(result.text(classes::get), result.toJson(), classes);
  }
}
