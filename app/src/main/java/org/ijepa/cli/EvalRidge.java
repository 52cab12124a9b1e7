package org.ijepa.cli;

import java.io.IOException;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.probe.RidgeRegression;
import picocli.CommandLine.Command;

/** Ridge regression of a number. */
@Command(
    name = "ridge",
    description = "Ridge regression of a label that is a number.",
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval ridge --label nearest --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalRidge extends EvalBlocks {
  @Override
  Result judge(FrozenEncoder frozen) throws IOException {
    Images images = images(frozen);
    RidgeRegression.checkLabels(images.train().values(0), images.test().values(0));
    Sets sets = features(frozen, images);
    Part train = sets.train();
    Part test = sets.test();
    var ridge =
        frozen.fit(
            progress ->
                RidgeRegression.fit(
                    train.features(),
                    train.values(0),
                    test.features(),
                    test.values(0),
                    seed(),
                    RidgeRegression.Options.defaults(),
                    progress));
    return new Result(ridge.text(), ridge.toJson());
  }
}
