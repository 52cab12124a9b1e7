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
  abstract String probe();

  /** The class of a scene. */
  abstract int label(Scene scene);

  /** The number of a scene that a regression is to find. */
  abstract double value(Scene scene);

  /** What people should know about the classes. */
  abstract String classes();

  @Override
  final Result judge(FrozenEncoder frozen) {
    BlockChoice blocks = blocks(layers, frozen);
    Part train = train(frozen, List.of(), blocks.most());
    Part test = test(frozen, List.of(), blocks.most());
    List<Scene> known = frozen.scenes(trainUri(), train);
    List<Scene> asked = frozen.scenes(testUri(), test);
    BestOf best =
        frozen.fit(
            progress ->
                blocks.linear(
                    train.features(),
                    known.stream().mapToInt(this::label).toArray(),
                    test.features(),
                    asked.stream().mapToInt(this::label).toArray(),
                    seed(),
                    progress));
    RidgeResult ridge =
        frozen.fit(
            progress ->
                RidgeRegression.fit(
                    train.features(),
                    known.stream().mapToDouble(this::value).toArray(),
                    test.features(),
                    asked.stream().mapToDouble(this::value).toArray(),
                    seed(),
                    RidgeRegression.Options.defaults(),
                    progress));
    ObjectNode json = best.toJson();
    json.put("probe", probe());
    json.set("regression", ridge.toJson());
    return new Result(classes() + best.text() + String.format("%n%n") + ridge.text(), json);
  }
}
