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

  @Option(names = "--label", paramLabel = "NAME", description = "Column of labels.csv.")
  private Optional<String> label = Optional.empty();

  /** Features of the last blocks side by side, and labels, of the training images. */
  final Part train(FrozenEncoder frozen, int layers) {
    return part(frozen, train, layers);
  }

  /** The same of the test images. */
  final Part test(FrozenEncoder frozen, int layers) {
    return part(frozen, test, layers);
  }

  private Part part(FrozenEncoder frozen, String uri, int layers) {
    Part part = frozen.part(uri, List.of(label), encoder(), layers);
    part.problems().forEach(this::warn);
    if (part.unreadable() > 0) {
      warn(part.unreadable() + " files of " + uri + " are no images");
    }
    return part;
  }
}
