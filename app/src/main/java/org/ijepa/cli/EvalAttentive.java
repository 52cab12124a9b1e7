package org.ijepa.cli;

import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.probe.AttentiveProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Learned attention over patches. */
@Command(
    name = "attentive",
    description = {
      "Learned cross-attention over the patches' features of the last block, then a linear layer. All",
      "patches of all images are in memory: 4 bytes x images x patches x width."
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
  Result judge(FrozenEncoder frozen) {
    Sets sets = sets(frozen, 1);
    Part train = sets.train();
    Part test = sets.test();
    List<String> classes = classes(train, test);
    AttentiveProbe.Options defaults = AttentiveProbe.Options.defaults();
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
                    new AttentiveProbe.Options(
                        heads,
                        defaults.rates(),
                        defaults.weightDecay(),
                        epochs,
                        defaults.batch(),
                        defaults.validationShare()),
                    progress));
    return named(result.text(classes::get), result.toJson(), classes);
  }
}
