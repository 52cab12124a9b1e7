package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * Linear probes on different features and heads, of which the one counts that did best on the
 * training set's validation split; the test set has no say.
 *
 * @param tried in the order in which they are shown; of equals the first counts
 */
public record BestOf(List<Tried> tried) {
  public BestOf {
    tried = List.copyOf(tried);
  }

  /**
   * One of them.
   *
   * @param features in words, such as "last 4 blocks"
   */
  public record Tried(String features, ProbeResult result) {}

  /** The one that counts. */
  public Tried best() {
    Tried best = tried.get(0);
    for (Tried each : tried) {
      if (each.result().validationAccuracy() > best.result().validationAccuracy()) {
        best = each;
      }
    }
    return best;
  }

  /** The best as JSON, with all under {@code tried}. */
  public ObjectNode toJson() {
    ObjectNode json = best().result().toJson();
    json.put("blocks", best().features());
    ArrayNode all = json.putArray("tried");
    for (Tried each : tried) {
      ProbeResult result = each.result();
      ObjectNode one = all.addObject();
      one.put("blocks", each.features());
      one.set("head", result.toJson().path("head"));
      one.put("strength", result.strength());
      one.put("validation_accuracy", result.validationAccuracy());
      one.put("accuracy", result.accuracy());
      one.set("accuracy_interval_95", Classification.pair(result.interval()));
    }
    return json;
  }

  /** As below, with labels as the numbers that they are. */
  public String text() {
    return text(Integer::toString);
  }

  /**
   * A line for each, then the best in full.
   *
   * @param names what each label is called
   */
  public String text(IntFunction<String> names) {
    StringBuilder text =
        new StringBuilder(
            String.format("%-16s %-19s %10s %8s%n", "features", "head", "validation", "test"));
    for (Tried each : tried) {
      ProbeResult result = each.result();
      text.append(
          String.format(
              Locale.ROOT,
              "%-16s %-19s %8.1f %% %6.1f %%  (95 %%: %.1f - %.1f)%s%n",
              each.features(),
              result.head() == LinearProbe.Head.PLAIN ? "linear" : "batch norm + linear",
              100 * result.validationAccuracy(),
              100 * result.accuracy(),
              100 * result.interval().low(),
              100 * result.interval().high(),
              each.equals(best()) ? "  <- best by validation" : ""));
    }
    return text + String.format("%n") + best().result().text(names);
  }
}
