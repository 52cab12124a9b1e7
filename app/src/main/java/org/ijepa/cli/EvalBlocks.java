package org.ijepa.cli;

import picocli.CommandLine.Option;

/** A probe of one label on one number of last blocks. */
abstract class EvalBlocks extends EvalLabelled {
  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Last blocks side by side.")
  private int layers;

  final Sets sets(FrozenEncoder frozen) {
    frozen.requireLayers(layers);
    return sets(frozen, layers);
  }
}
