package org.ijepa.cli;

import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.probe.RidgeRegression;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Ridge regression of a number. */
@Command(name = "ridge", description = "Ridge regression of a label that is a number.")
final class EvalRidge extends EvalLabelled {
  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Last blocks side by side.")
  private int layers;

  @Override
  Result judge(FrozenEncoder frozen) {
    Part train = train(frozen, layers);
    Part test = test(frozen, layers);
    var ridge =
        RidgeRegression.fit(
            train.features(), train.values(0), test.features(), test.values(0), seed());
    return new Result(ridge.text(), ridge.toJson());
  }
}
