package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.ijepa.failure.Failure;
import org.ijepa.feature.Labels;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** A probe of one label of any name. */
abstract class EvalLabelled extends EvalSets {
  @Option(
      names = "--label",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description = "Column of the labels' table, or field of the .json in shards.")
  private Optional<String> label = Optional.empty();

  /** Both sets with that label. */
  Images images(FrozenEncoder frozen) {
    return images(frozen, List.of(label));
  }

  /**
   * Names of the labels of both sets: label i is the i-th.
   *
   * @throws Failure if all training images have one, or no test image has one of theirs
   */
  final List<String> classes(Images images) {
    List<String> classes =
        Labels.classes(images.train().labels().get(0), images.test().labels().get(0));
    checkClasses(
        images.train().numbers(0, classes), images.test().numbers(0, classes), classes::get);
    return classes;
  }

  /** A result whose labels are numbers of these names. */
  static Result named(String text, ObjectNode json, List<String> classes) {
    ArrayNode names = json.putArray("label_names");
    classes.forEach(names::add);
    return new Result(text, json);
  }
}
