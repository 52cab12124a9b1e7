package org.ijepa.cli;

import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.probe.BestOf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The linear probe. */
@Command(
    name = "linear",
    description = {
      "Multinomial logistic regression (L-BFGS) on cached features: of the last block and of the last",
      "four side by side, each as they are and with batch norm. The best on a validation split of the",
      "training images counts; all are shown."
    },
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval linear --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalLinear extends EvalLabelled {
  @Mixin private BlockOptions layers;

  @Override
  Result judge(FrozenEncoder frozen) {
    BlockChoice blocks = blocks(layers, frozen);
    Part train = train(frozen, blocks.most());
    Part test = test(frozen, blocks.most());
    List<String> classes = classes(train, test);
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
