package org.ijepa.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.node.Models;
import org.ijepa.settings.Settings;
import org.ijepa.store.S3Access;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Where S3 is, for commands that read no other configuration. */
class S3Options {
  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      completionCandidates = KeyCandidates.OfS3.class,
      showDefaultValue = Visibility.NEVER,
      description = "Where S3 is: data.s3.endpoint, data.s3.region, data.s3.verify.")
  private List<String> sets = new ArrayList<>();

  /**
   * Reads them.
   *
   * @throws org.ijepa.settings.ConfigurationError where something in it is wrong
   */
  final S3Access access() {
    return Models.s3(Settings.load(Optional.empty(), sets));
  }
}
