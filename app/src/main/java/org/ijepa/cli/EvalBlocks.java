package org.ijepa.cli;

import java.io.IOException;
import picocli.CommandLine.Option;

/** A probe of one label on one number of last blocks. */
abstract class EvalBlocks extends EvalLabelled {
  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Last blocks side by side.")
  private int layers;

  @Override
  final Images images(FrozenEncoder frozen) {
    frozen.requireLayers(layers);
    return super.images(frozen);
  }

  final Sets features(FrozenEncoder frozen, Images images) throws IOException {
    return features(frozen, images, layers);
  }
}
