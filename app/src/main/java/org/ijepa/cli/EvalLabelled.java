package org.ijepa.cli;

import java.util.List;
import java.util.Optional;
import org.ijepa.cli.FrozenEncoder.Part;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** A probe of one label of any name. */
abstract class EvalLabelled extends EvalSets {
  @Option(
      names = "--label",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description = "Column of the labels' table, or field of the .json in shards.")
  private Optional<String> label = Optional.empty();

  final Part train(FrozenEncoder frozen, int layers) {
    return train(frozen, List.of(label), layers);
  }

  final Part test(FrozenEncoder frozen, int layers) {
    return test(frozen, List.of(label), layers);
  }
}
