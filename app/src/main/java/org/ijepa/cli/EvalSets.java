package org.ijepa.cli;

import java.util.List;
import java.util.Optional;
import org.ijepa.cli.FrozenEncoder.Part;
import picocli.CommandLine.Option;

/** A probe that is fitted on one set of images and tested on another. */
abstract class EvalSets extends EvalProbe {
  @Option(names = "--data", paramLabel = "URI", required = true, description = "Training images.")
  private String train;

  @Option(names = "--test", paramLabel = "URI", required = true, description = "Test images.")
  private String test;

  final String trainUri() {
    return train;
  }

  final String testUri() {
    return test;
  }

  /** Features of the last blocks side by side, and these columns of labels. */
  final Part part(FrozenEncoder frozen, String uri, List<Optional<String>> columns, int layers) {
    Part part = frozen.part(uri, columns, encoder(), layers);
    part.problems().forEach(this::warn);
    if (part.unreadable() > 0) {
      warn(part.unreadable() + " files of " + uri + " are no images");
    }
    return part;
  }
}
