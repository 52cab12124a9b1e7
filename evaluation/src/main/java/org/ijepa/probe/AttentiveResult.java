package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * What the attentive probe predicted.
 *
 * @param classification accuracy, confusion and classes of the test set
 * @param heads of the attention
 * @param rate learning rate that was chosen
 * @param seed of the validation split, the start values and the order
 * @param trainSamples images fitted on
 * @param patches of an image
 * @param width features of a patch
 * @param trials every rate tried; empty where there was one
 */
public record AttentiveResult(
    Classification classification,
    int heads,
    double rate,
    long seed,
    int trainSamples,
    int patches,
    int width,
    List<Trial> trials) {
  public AttentiveResult {
    trials = List.copyOf(trials);
  }

  /** A learning rate and the share of validation images that it got right. */
  public record Trial(double rate, double accuracy) {
    /** The most accurate; of equals the first. */
    static Trial best(List<Trial> trials) {
      Trial best = trials.get(0);
      for (Trial trial : trials) {
        best = trial.accuracy() > best.accuracy() ? trial : best;
      }
      return best;
    }
  }

  /** Share of test samples predicted rightly. */
  public double accuracy() {
    return classification.accuracy();
  }

  /** All of it as JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("probe", "attentive");
    json.put("seed", seed);
    json.put("heads", heads);
    json.put("learning_rate", rate);
    json.put("train_samples", trainSamples);
    json.put("patches", patches);
    json.put("features", width);
    ArrayNode tried = json.putArray("trials");
    for (Trial trial : trials) {
      tried
          .addObject()
          .put("learning_rate", trial.rate())
          .put("validation_accuracy", trial.accuracy());
    }
    json.setAll(classification.toJson());
    return json;
  }

  /** As below, with labels as the numbers that they are. */
  public String text() {
    return text(Integer::toString);
  }

  /**
   * A few lines and tables for people.
   *
   * @param names what each label is called
   */
  public String text(IntFunction<String> names) {
    StringBuilder text = new StringBuilder();
    for (Trial trial : trials) {
      text.append(
          String.format(
              Locale.ROOT,
              "learning rate %.3g: validation %.1f %%%n",
              trial.rate(),
              100 * trial.accuracy()));
    }
    return text.append(
            String.format(
                Locale.ROOT,
                "attentive probe: %d heads, %d training samples of %d patches, %d features,"
                    + " learning rate %.3g, seed %d%n",
                heads,
                trainSamples,
                patches,
                width,
                rate,
                seed))
        .append(classification.text(names))
        .toString();
  }
}
