package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.ijepa.probe.AttentiveResult.Trial;

/**
 * What fine-tuned encoders predicted, on several draws of few labels.
 *
 * @param amount of labels, in words
 * @param seed of everything
 * @param rate learning rate that was chosen
 * @param trials every rate tried on the first draw; empty where there was nothing to choose by
 * @param draws a result for each
 */
public record FineTuningResult(
    String amount, long seed, double rate, List<Trial> trials, List<Classification> draws) {
  public FineTuningResult {
    trials = List.copyOf(trials);
    draws = List.copyOf(draws);
  }

  private double[] accuracies() {
    return draws.stream().mapToDouble(Classification::accuracy).toArray();
  }

  /** Mean accuracy of the draws. */
  public double accuracy() {
    return draws.stream().mapToDouble(Classification::accuracy).average().orElseThrow();
  }

  /** 95 % interval of the mean over draws, by Student's distribution. */
  public Interval interval() {
    return Interval.student(accuracies());
  }

  /** All of it as JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("probe", "fine-tuning");
    json.put("amount", amount);
    json.put("seed", seed);
    json.put("learning_rate", rate);
    json.put("accuracy", accuracy());
    json.set("accuracy_interval_95", Classification.pair(interval()));
    ArrayNode tried = json.putArray("trials");
    for (Trial trial : trials) {
      tried
          .addObject()
          .put("learning_rate", trial.rate())
          .put("validation_accuracy", trial.accuracy());
    }
    ArrayNode each = json.putArray("draws");
    draws.forEach(draw -> each.add(draw.toJson()));
    return json;
  }

  /** A line for the whole and one for each rate and draw. */
  public String text() {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "fine-tuned, %s: accuracy %.1f %% (95 %%: %.1f - %.1f), mean of %d draws, learning"
                    + " rate %.3g, seed %d",
                amount,
                100 * accuracy(),
                100 * interval().low(),
                100 * interval().high(),
                draws.size(),
                rate,
                seed));
    for (Trial trial : trials) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n  learning rate %.3g: validation %.1f %%",
              trial.rate(),
              100 * trial.accuracy()));
    }
    draws.forEach(draw -> text.append(String.format("%n  %s", draw.summary())));
    return text.toString();
  }
}
