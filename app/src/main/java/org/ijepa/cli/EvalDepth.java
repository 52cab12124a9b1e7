package org.ijepa.cli;

import org.ijepa.feature.SceneLabels.Scene;
import org.ijepa.probe.DepthBuckets;
import picocli.CommandLine.Command;

/** How near the nearest object of a scene is. */
@Command(
    name = "depth",
    description = {
      "How near the nearest object of a scene is.",
      "Linear probe in the published buckets (from 0, 8, 8.5, 9, 9.5 and 10), and a regression of the",
      "distance itself. Data as for count."
    },
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval depth --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalDepth extends EvalScenes {
  @Override
  String probe() {
    return "depth";
  }

  @Override
  String column() {
    return "nearest";
  }

  @Override
  double number(Scene scene) {
    return scene.nearest();
  }

  @Override
  int label(double number) {
    return DepthBuckets.of(number);
  }

  @Override
  String classes() {
    return DepthBuckets.text() + String.format("%n");
  }
}
