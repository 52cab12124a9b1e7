package org.ijepa.trainer;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ijepa.replica.LayerNorms;
import org.ijepa.replica.Replica;
import org.ijepa.trainer.Finding.Severity;

/** Norms of each layer's weights and of its gradient, which show where a run goes astray. */
public final class LayerWatch implements StepWatch {
  /** Name of its log. */
  public static final String ABOUT = "layers";

  private static final String FINITE = "finite";

  /** How bad it is that this is the word for the norms. */
  public static Severity severity(String word) {
    return word.equals(FINITE) ? Severity.NORMAL : Severity.WATCH;
  }

  @Override
  public List<Finding> after(long step, Replica replica, Runnable moved) {
    Map<String, LayerNorms> layers = replica.layerNorms();
    Map<String, Double> numbers = new LinkedHashMap<>();
    layers.forEach(
        (layer, norms) -> {
          numbers.put(layer + ".weights", norms.weights());
          numbers.put(layer + ".gradient", norms.gradient());
        });
    boolean finite = numbers.values().stream().allMatch(Double::isFinite);
    String word = finite ? FINITE : "not-finite";
    return List.of(
        new Finding(
            ABOUT,
            step,
            numbers,
            word,
            severity(word),
            finite ? extremes(layers) : "not finite in " + first(layers)));
  }

  private static String extremes(Map<String, LayerNorms> layers) {
    Comparator<Map.Entry<String, LayerNorms>> byGradient =
        Comparator.comparingDouble(layer -> layer.getValue().gradient());
    return "gradients' norms from "
        + text(layers.entrySet().stream().min(byGradient).orElseThrow())
        + " to "
        + text(layers.entrySet().stream().max(byGradient).orElseThrow());
  }

  private static String text(Map.Entry<String, LayerNorms> layer) {
    return String.format(Locale.ROOT, "%.3g (%s)", layer.getValue().gradient(), layer.getKey());
  }

  private static String first(Map<String, LayerNorms> layers) {
    return layers.entrySet().stream()
        .filter(layer -> !Double.isFinite(layer.getValue().weights() + layer.getValue().gradient()))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }
}
