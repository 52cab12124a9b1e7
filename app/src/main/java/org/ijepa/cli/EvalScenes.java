package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.feature.SceneLabels.Scene;
import org.ijepa.probe.BestOf;
import org.ijepa.probe.LinearProbe;
import org.ijepa.probe.RidgeRegression;
import org.ijepa.probe.RidgeResult;
import org.ijepa.probe.ValidationSplit;
import picocli.CommandLine.Mixin;

/** A probe of what a scene holds: the linear probe of its class, and a regression of its number. */
abstract class EvalScenes extends EvalSets {
  @Mixin private BlockOptions layers;

  /** What the probe is called. */
  abstract String probe();

  /** Column of a table, or field of a {@code .json}, that has the number of a scene. */
  abstract String column();

  /** The number of a scene, which a regression is to find. */
  abstract double number(Scene scene);

  /** The class of that number. */
  abstract int label(double number);

  /** What people should know about the classes. */
  abstract String classes();

  @Override
  final Result judge(FrozenEncoder frozen) throws IOException {
    BlockChoice blocks = blocks(layers, frozen);
    Images images = images(frozen, List.of());
    double[] trainNumbers = frozen.numbers(images.train(), column(), this::number);
    double[] testNumbers = frozen.numbers(images.test(), column(), this::number);
    int[] trainClasses = labels(trainNumbers);
    checkClasses(trainClasses, labels(testNumbers), String::valueOf);
    ValidationSplit.check(trainClasses, LinearProbe.Options.defaults().validationShare());
    RidgeRegression.checkLabels(trainNumbers, testNumbers);
    Sets sets = features(frozen, images, blocks.most());
    Part train = sets.train();
    Part test = sets.test();
    double[] known = train.of(trainNumbers);
    double[] asked = test.of(testNumbers);
    BestOf best =
        frozen.fit(
            progress ->
                blocks.linear(
                    train.features(),
                    labels(known),
                    test.features(),
                    labels(asked),
                    seed(),
                    progress));
    RidgeResult ridge =
        frozen.fit(
            progress ->
                RidgeRegression.fit(
                    train.features(),
                    known,
                    test.features(),
                    asked,
                    seed(),
                    RidgeRegression.Options.defaults(),
                    progress));
    ObjectNode json = best.toJson();
    json.put("probe", probe());
    json.set("regression", ridge.toJson());
    return new Result(classes() + best.text() + String.format("%n%n") + ridge.text(), json);
  }

  private int[] labels(double[] numbers) {
    return Arrays.stream(numbers).mapToInt(this::label).toArray();
  }
}
