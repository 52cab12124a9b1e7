package org.ijepa.cli;

import java.io.IOException;
import org.ijepa.settings.OptimizationSettings.Precision;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Which encoder of which checkpoint, and how it computes. */
final class EncoderOptions extends CheckpointOptions {
  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "auto",
      showDefaultValue = Visibility.ALWAYS,
      description =
          "Number format of its matrix products: fp32, bf16, or auto: what the run was trained in,"
              + " but fp32 where this device does not multiply bf16.")
  private Precision precision;

  /** The checkpoint with a model in memory. */
  FrozenEncoder open() throws IOException {
    return new FrozenEncoder(uri(), access(), precision, lines());
  }
}
