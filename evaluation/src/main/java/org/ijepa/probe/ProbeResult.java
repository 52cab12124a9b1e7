package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * What a linear probe found.
 *
 * @param classification accuracy, confusion and classes of the test set
 * @param head what stood before the linear layer
 * @param strength chosen strength of the penalty
 * @param seed seed of the validation split
 * @param trainSamples samples of the final fit
 * @param features values a sample
 * @param constantFeatures of them with one value over all training samples
 * @param trials strengths tried on the validation split, strongest first; empty if only one was
 *     given
 * @param iterations of the final fit
 * @param converged whether the final fit met the tolerance
 */
public record ProbeResult(
    Classification classification,
    LinearProbe.Head head,
    double strength,
    long seed,
    int trainSamples,
    int features,
    int constantFeatures,
    List<Trial> trials,
    int iterations,
    boolean converged) {

  public ProbeResult {
    trials = List.copyOf(trials);
  }

  /** Share of test samples predicted rightly. */
  public double accuracy() {
    return classification.accuracy();
  }

  /** 95 % Wilson interval of the accuracy. */
  public Interval interval() {
    return classification.interval();
  }

  /** Accuracy of the chosen strength on the validation split; NaN where there was none. */
  public double validationAccuracy() {
    return trials.isEmpty() ? Double.NaN : Trial.best(trials).accuracy();
  }

  /** Whether the best strength is the first or last of several: a wider grid may do better. */
  public boolean atEdge() {
    return trials.size() > 1
        && (strength == trials.get(0).strength()
            || strength == trials.get(trials.size() - 1).strength());
  }

  /** All of it as JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("probe", "linear");
    json.put("seed", seed);
    json.put("head", head == LinearProbe.Head.PLAIN ? "linear" : "batch-norm");
    json.put("strength", strength);
    json.put("strength_at_edge", atEdge());
    json.put("train_samples", trainSamples);
    json.put("features", features);
    json.put("constant_features", constantFeatures);
    json.put("iterations", iterations);
    json.put("converged", converged);
    ArrayNode tried = json.putArray("trials");
    trials.forEach(trial -> trial.write(tried.addObject()));
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
    text.append(
        String.format(
            Locale.ROOT,
            "linear probe%s: %d training samples, %d features, L2 strength %.3g%s, seed %d%n",
            head == LinearProbe.Head.PLAIN ? "" : " with batch norm",
            trainSamples,
            features,
            strength,
            atEdge() ? " (the end of the grid)" : "",
            seed));
    if (constantFeatures > 0) {
      text.append(
          String.format(
              Locale.ROOT, "%d features do not vary and count for nothing%n", constantFeatures));
    }
    if (!converged) {
      text.append(
          String.format(
              Locale.ROOT,
              "the fit stopped after %d iterations before its tolerance%n",
              iterations));
    }
    return text.append(classification.text(names)).toString();
  }
}
