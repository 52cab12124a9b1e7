package org.ijepa.cli;

import org.ijepa.feature.SceneLabels.Scene;
import org.ijepa.probe.DepthBuckets;
import picocli.CommandLine.Command;

/** How near the nearest object of a scene is. */
@Command(
    name = "depth",
    description = {
      "How near the nearest object of a scene is: linear probe in the published buckets (from 0, 8, 8.5,",
      "9, 9.5 and 10), and a regression of the distance itself. Data as for count."
    },
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa eval depth --checkpoint runs/a/checkpoints --data data/train --test data/test")
final class EvalDepth extends EvalScenes {
  @Override
  String name() {
    return "depth";
  }

  @Override
  int label(Scene scene) {
    return DepthBuckets.of(scene.nearest());
  }

  @Override
  double value(Scene scene) {
    return scene.nearest();
  }

  @Override
  String about() {
    return DepthBuckets.text() + String.format("%n");
  }
}
