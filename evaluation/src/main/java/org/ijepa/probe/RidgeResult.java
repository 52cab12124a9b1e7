package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/**
 * What a ridge regression found. Errors are in the label's unit.
 *
 * @param r2 1 minus the squared error over that of the test labels' mean; below 0 is worse than it
 * @param meanAbsoluteError of the test samples
 * @param errorInterval 95 % bootstrap interval of the mean absolute error
 * @param meanGuessError mean absolute error of always saying the training labels' mean
 * @param strength chosen strength of the penalty
 * @param seed seed of validation split and bootstrap
 * @param trainSamples samples of the final fit
 * @param testSamples samples of the test
 * @param features values a sample
 * @param constantFeatures of them with one value over all training samples
 * @param trials strengths tried on the validation split, strongest first; empty if only one was
 *     given
 */
public record RidgeResult(
    double r2,
    double meanAbsoluteError,
    Interval errorInterval,
    double meanGuessError,
    double strength,
    long seed,
    int trainSamples,
    int testSamples,
    int features,
    int constantFeatures,
    List<Trial> trials) {

  public RidgeResult {
    trials = List.copyOf(trials);
  }

  /**
   * One strength, tried on the validation samples.
   *
   * @param strength factor of half the squared weights, beside half the mean squared error
   * @param squaredError mean squared error of the validation samples
   */
  public record Trial(double strength, double squaredError) {}

  /** Whether the best strength is the first or last of several: a wider grid may do better. */
  public boolean atEdge() {
    return trials.size() > 1
        && (strength == trials.get(0).strength()
            || strength == trials.get(trials.size() - 1).strength());
  }

  /** All of it as JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("probe", "ridge");
    json.put("seed", seed);
    json.put("r2", r2);
    json.put("mean_absolute_error", meanAbsoluteError);
    json.set("mean_absolute_error_interval_95", Classification.pair(errorInterval));
    json.put("mean_guess_error", meanGuessError);
    json.put("strength", strength);
    json.put("strength_at_edge", atEdge());
    json.put("train_samples", trainSamples);
    json.put("test_samples", testSamples);
    json.put("features", features);
    json.put("constant_features", constantFeatures);
    ArrayNode tried = json.putArray("trials");
    for (Trial trial : trials) {
      tried
          .addObject()
          .put("strength", trial.strength())
          .put("squared_error", trial.squaredError());
    }
    return json;
  }

  /** A few lines for people. */
  public String text() {
    String vary =
        constantFeatures == 0
            ? ""
            : String.format(
                Locale.ROOT, "%n%d features do not vary and count for nothing", constantFeatures);
    return String.format(
            Locale.ROOT,
            "ridge regression: %d training samples, %d features, L2 strength %.3g%s, seed %d%n"
                + "R^2 %.3f, mean absolute error %.4g (95 %%: %.4g - %.4g) of %d test samples;"
                + " always the mean label: %.4g",
            trainSamples,
            features,
            strength,
            atEdge() ? " (the end of the grid)" : "",
            seed,
            r2,
            meanAbsoluteError,
            errorInterval.low(),
            errorInterval.high(),
            testSamples,
            meanGuessError)
        + vary;
  }
}
