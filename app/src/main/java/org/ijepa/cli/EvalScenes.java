package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.feature.SceneLabels.Scene;
import org.ijepa.probe.BestOf;
import org.ijepa.probe.RidgeRegression;
import org.ijepa.probe.RidgeResult;
import picocli.CommandLine.Mixin;

/** A probe of what a scene holds: the linear probe of its class, and a regression of its number. */
abstract class EvalScenes extends EvalSets {
  @Mixin private BlockOptions layers;

  /** What the probe is called. */
  abstract String name();

  /** The class of a scene. */
  abstract int label(Scene scene);

  /** The number of a scene that a regression is to find. */
  abstract double value(Scene scene);

  /** What people should know about the classes. */
  abstract String about();

  @Override
  final Result judge(FrozenEncoder frozen) {
    BlockChoice blocks = layers.of(frozen);
    Part train = part(frozen, trainUri(), List.of(), blocks.most());
    Part test = part(frozen, testUri(), List.of(), blocks.most());
    List<Scene> known = frozen.scenes(trainUri(), train);
    List<Scene> asked = frozen.scenes(testUri(), test);
    BestOf best =
        blocks.linear(
            train.features(),
            known.stream().mapToInt(this::label).toArray(),
            test.features(),
            asked.stream().mapToInt(this::label).toArray(),
            seed());
    RidgeResult ridge =
        RidgeRegression.fit(
            train.features(),
            known.stream().mapToDouble(this::value).toArray(),
            test.features(),
            asked.stream().mapToDouble(this::value).toArray(),
            seed());
    ObjectNode json = best.toJson();
    json.put("probe", name());
    json.set("regression", ridge.toJson());
    return new Result(about() + best.text() + String.format("%n%n") + ridge.text(), json);
  }
}
