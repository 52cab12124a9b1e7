package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * What nearest neighbours predicted.
 *
 * @param classification accuracy, confusion and classes of the test set
 * @param k neighbours that vote
 * @param temperature of the votes
 * @param trainSamples samples to choose from
 * @param features values a sample
 */
public record NeighbourResult(
    Classification classification, int k, double temperature, int trainSamples, int features) {

  /** Share of test samples predicted rightly. */
  public double accuracy() {
    return classification.accuracy();
  }

  /** All of it as JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("probe", "nearest-neighbours");
    json.put("k", k);
    json.put("temperature", temperature);
    json.put("train_samples", trainSamples);
    json.put("features", features);
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
    return String.format(
            Locale.ROOT,
            "nearest neighbours: k = %d, temperature %.3g, %d training samples, %d features%n",
            k,
            temperature,
            trainSamples,
            features)
        + classification.text(names);
  }
}
