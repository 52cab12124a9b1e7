package org.ijepa.cli;

import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.feature.Labels;
import org.ijepa.probe.LinearProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The linear probe. */
@Command(name = "linear", description = "Multinomial logistic regression on cached features.")
final class EvalLinear extends EvalSets {
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
    List<String> classes = Labels.classes(train.labels(0), test.labels(0));
    var linear =
        LinearProbe.fit(
            train.features(),
            train.numbers(0, classes),
            test.features(),
            test.numbers(0, classes),
            seed());
    return new Result(linear.text(), linear.toJson());
  }
}
