package org.ijepa.cli;

import java.util.List;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Which numbers of last blocks are tried. */
final class BlockOptions {
  private static final List<Integer> USUAL = List.of(1, 4);

  @Option(
      names = "--layers",
      paramLabel = "N",
      split = ",",
      showDefaultValue = Visibility.NEVER,
      description =
          "Last blocks side by side, for each probe. Default: 1,4, or all where there are fewer.")
  private List<Integer> layers = List.of();

  BlockChoice of(FrozenEncoder frozen) {
    layers.forEach(frozen::requireLayers);
    return new BlockChoice(layers.isEmpty() ? USUAL : layers, frozen.depth());
  }
}
