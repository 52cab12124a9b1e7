package org.ijepa.cli;

import java.util.ArrayList;
import java.util.List;

/** Settings of a model that trains in a moment. */
final class TinyModel {
  private TinyModel() {}

  /** As options of a command, with more over them. */
  static List<String> sets(String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.cache.dir=\"\"",
                "data.image-size=32",
                "model.patch-size=4",
                "model.encoder=\"16/4/2\"",
                "model.predictor.width=8",
                "model.predictor.depth=1",
                "mask.min-keep=4",
                "optimization.global-batch=8",
                "optimization.precision=fp32",
                "cluster.threads=1"));
    all.addAll(List.of(more));
    List<String> options = new ArrayList<>();
    for (String set : all) {
      options.add("--set");
      options.add(set);
    }
    return options;
  }
}
