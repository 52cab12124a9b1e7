package org.ijepa.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** Which numbers of last blocks are tried. */
final class BlockOptions {
  @Option(
      names = "--layers",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,4",
      description = "Last blocks side by side, for each probe.")
  private List<Integer> layers;

  BlockChoice of(FrozenEncoder frozen) {
    return new BlockChoice(layers, frozen.depth());
  }
}
