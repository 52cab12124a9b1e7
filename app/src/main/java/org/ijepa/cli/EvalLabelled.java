package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.failure.ExitCode;
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

  final Sets sets(FrozenEncoder frozen, int layers) {
    return sets(frozen, List.of(label), layers);
  }

  /**
   * Names of the labels of both sets: label i is the i-th.
   *
   * @throws Failure if all training images have one
   */
  static List<String> classes(Part train, Part test) {
    List<String> classes = Labels.classes(train.labels(0), test.labels(0));
    int[] known = train.numbers(0, classes);
    if (known.length > 0 && Arrays.stream(known).allMatch(number -> number == known[0])) {
      throw new Failure(
          ExitCode.BAD_DATA,
          "all " + known.length + " training images have the label " + classes.get(known[0]),
          "a probe needs two classes or more: give it images of others too");
    }
    return classes;
  }

  /** A result whose labels are numbers of these names. */
  static Result named(String text, ObjectNode json, List<String> classes) {
    ArrayNode names = json.putArray("label_names");
    classes.forEach(names::add);
    return new Result(text, json);
  }
}
