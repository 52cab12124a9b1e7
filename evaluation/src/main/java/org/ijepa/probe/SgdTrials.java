package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.ijepa.probe.LinearProbe.Head;

/**
 * Linear layers that were trained side by side with SGD on one stream of crops, and what became of
 * them: the best on held-out training images counts, the test set has no say.
 *
 * @param trials in the order in which they are shown; of equals the first counts
 * @param epochs over the training images
 * @param seed of the held-out images, of order, crops and mirroring
 */
public record SgdTrials(List<Trial> trials, int epochs, long seed) {
  public SgdTrials {
    trials = List.copyOf(trials);
  }

  /** The choices of one layer: last blocks side by side, what stands before it, and its SGD. */
  public record Choice(int blocks, Head head, double rate, double weightDecay) {
    String features() {
      return blocks == 1 ? "last block" : "last " + blocks + " blocks";
    }

    String layer() {
      return head == Head.PLAIN ? "linear" : "batch norm + linear";
    }
  }

  /**
   * One of them.
   *
   * @param validation share of the held-out training images that it got right
   */
  public record Trial(Choice choice, double validation, Classification test) {}

  private static Trial best(List<Trial> trials) {
    Trial best = trials.get(0);
    for (Trial trial : trials) {
      best = trial.validation() > best.validation() ? trial : best;
    }
    return best;
  }

  /** The one that counts. */
  public Trial best() {
    return best(trials);
  }

  /** The best of each number of blocks and head. */
  private List<Trial> shown() {
    List<Trial> shown = new ArrayList<>();
    List<String> kinds = trials.stream().map(SgdTrials::kind).distinct().toList();
    for (String kind : kinds) {
      shown.add(best(trials.stream().filter(trial -> kind(trial).equals(kind)).toList()));
    }
    return shown;
  }

  private static String kind(Trial trial) {
    return trial.choice().features() + trial.choice().layer();
  }

  /** The best as JSON, with all under {@code tried}. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("probe", "linear-sgd");
    json.put("seed", seed);
    json.put("epochs", epochs);
    write(best(), json);
    json.setAll(best().test().toJson());
    ArrayNode all = json.putArray("tried");
    for (Trial trial : trials) {
      ObjectNode one = all.addObject();
      write(trial, one);
      one.put("accuracy", trial.test().accuracy());
      one.set("accuracy_interval_95", Classification.pair(trial.test().interval()));
    }
    return json;
  }

  private static void write(Trial trial, ObjectNode json) {
    json.put("blocks", trial.choice().features());
    json.put("head", trial.choice().head() == Head.PLAIN ? "linear" : "batch-norm");
    json.put("learning_rate", trial.choice().rate());
    json.put("weight_decay", trial.choice().weightDecay());
    json.put("validation_accuracy", trial.validation());
  }

  /**
   * A line for the best of each kind, then the best of all in full.
   *
   * @param names of the labels
   */
  public String text(IntFunction<String> names) {
    StringBuilder text =
        new StringBuilder(
            String.format(
                "%-16s %-19s %8s %8s %10s %8s%n",
                "features", "head", "rate", "decay", "validation", "test"));
    for (Trial trial : shown()) {
      Interval interval = trial.test().interval();
      text.append(
          String.format(
              Locale.ROOT,
              "%-16s %-19s %8.3g %8.3g %8.1f %% %6.1f %%  (95 %%: %.1f - %.1f)%s%n",
              trial.choice().features(),
              trial.choice().layer(),
              trial.choice().rate(),
              trial.choice().weightDecay(),
              100 * trial.validation(),
              100 * trial.test().accuracy(),
              100 * interval.low(),
              100 * interval.high(),
              trial.equals(best()) ? "  <- best by validation" : ""));
    }
    return text
        + String.format("%nlinear probe by SGD on crops: %d epochs, seed %d%n", epochs, seed)
        + best().test().text(names);
  }
}
