package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/**
 * What the linear probe found on several draws of few labels.
 *
 * @param amount of labels, in words
 * @param seed of the draws
 * @param draws a result for each
 */
public record LowShotResult(String amount, long seed, List<ProbeResult> draws) {
  public LowShotResult {
    draws = List.copyOf(draws);
  }

  /** Mean accuracy of the draws. */
  public double accuracy() {
    return draws.stream().mapToDouble(ProbeResult::accuracy).average().orElseThrow();
  }

  /**
   * 95 % interval of the mean over draws, by Student's distribution: the test set stays the same.
   */
  public Interval interval() {
    return Interval.student(draws.stream().mapToDouble(ProbeResult::accuracy).toArray());
  }

  /** All of it as JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("probe", "low-shot");
    json.put("amount", amount);
    json.put("seed", seed);
    json.put("accuracy", accuracy());
    json.set("accuracy_interval_95", Classification.pair(interval()));
    ArrayNode each = json.putArray("draws");
    draws.forEach(draw -> each.add(draw.toJson()));
    return json;
  }

  /** A line for the whole and one for each draw. */
  public String text() {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "low-shot, %s: accuracy %.1f %% (95 %%: %.1f - %.1f), mean of %d draws, seed %d",
                amount,
                100 * accuracy(),
                100 * interval().low(),
                100 * interval().high(),
                draws.size(),
                seed));
    for (ProbeResult draw : draws) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n  %d labels, L2 strength %.3g: %s",
              draw.trainSamples(),
              draw.strength(),
              draw.classification().summary()));
    }
    return text.toString();
  }
}
