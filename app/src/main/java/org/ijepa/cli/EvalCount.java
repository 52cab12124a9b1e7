package org.ijepa.cli;

import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.feature.SceneLabels.Scene;
import picocli.CommandLine.Command;

/** How many objects a scene has. */
@Command(
    name = "count",
    description = {
      "How many objects are in a scene.",
      "Linear probe with a class for each number, and a regression. Images with labels.csv or scenes.json",
      "beside them, or images/SPLIT of the official CLEVR; the labels are count and nearest, in shards",
      "fields of their .json."
    },
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval count --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalCount extends EvalScenes {
  @Override
  String probe() {
    return "count";
  }

  @Override
  String column() {
    return "count";
  }

  @Override
  double number(Scene scene) {
    return scene.count();
  }

  @Override
  int label(double number) {
    if (number != (int) number) {
      throw new Failure(
          ExitCode.BAD_DATA,
          "a count of " + number + " is no number of objects",
          "give whole numbers in the column or field count");
    }
    return (int) number;
  }

  @Override
  String classes() {
    return "";
  }
}
