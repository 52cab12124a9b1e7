package org.ijepa.cli;

import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.probe.LinearProbe;
import org.ijepa.probe.LowShot;
import org.ijepa.probe.LowShot.Amount;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The linear probe on few labels. */
@Command(
    name = "lowshot",
    description = {
      "The linear probe (batch norm + linear) on few labels of each class, drawn several times: mean",
      "accuracy and its interval over draws. Features stay frozen: nothing is fine-tuned."
    },
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval lowshot --share 0.01 --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalLowshot extends EvalBlocks {
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
        return new LowShot.PerClass(perClass);
      }
      return new LowShot.Share(share == null ? 0.01 : share);
    }
  }

  @Option(names = "--draws", paramLabel = "N", defaultValue = "5", description = "How many.")
  private int draws;

  @Override
  Result judge(FrozenEncoder frozen) {
    Amount amount = labelled.amount();
    Part train = train(frozen);
    Part test = test(frozen);
    List<String> classes = classes(train, test);
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
    return named(result.text(), result.toJson(), classes);
  }
}
