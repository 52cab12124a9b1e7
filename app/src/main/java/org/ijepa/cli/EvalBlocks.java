package org.ijepa.cli;

import org.ijepa.cli.FrozenEncoder.Part;
import picocli.CommandLine.Option;

/** A probe of one label on one number of last blocks. */
abstract class EvalBlocks extends EvalLabelled {
  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Last blocks side by side.")
  private int layers;

  final Part train(FrozenEncoder frozen) {
    frozen.requireLayers(layers);
    return train(frozen, layers);
  }

  final Part test(FrozenEncoder frozen) {
    frozen.requireLayers(layers);
    return test(frozen, layers);
  }
}
