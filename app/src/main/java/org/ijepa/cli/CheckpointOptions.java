package org.ijepa.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.ijepa.replica.Replica.Encoder;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which checkpoint, and which of its encoders. */
class CheckpointOptions extends S3Options {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--checkpoint",
      paramLabel = "URI",
      required = true,
      description =
          "Folder or s3:// prefix of a run's checkpoints; the newest is taken, unless the name of"
              + " one or /best (by the run's online probe) stands behind it.")
  private String checkpoint;

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      defaultValue = "target",
      showDefaultValue = Visibility.ALWAYS,
      description = "target or context.")
  private Encoder encoder;

  final String uri() {
    return checkpoint;
  }

  final Encoder encoder() {
    return encoder;
  }

  /** The encoder as it is written. */
  final String encoderName() {
    return name(encoder);
  }

  static String name(Encoder encoder) {
    return encoder.name().toLowerCase(Locale.ROOT);
  }

  /** Where progress of the command goes. */
  final WorkLines lines() {
    return WorkLines.of(command);
  }

  /**
   * The checkpoint as files.
   *
   * @param room local folder in which there is room for a copy of it
   */
  final StoredCheckpoint stored(Path room) throws IOException {
    return new StoredCheckpoint(checkpoint, access(), room, lines());
  }
}
