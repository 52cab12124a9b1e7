package org.ijepa.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** A step's metrics, or those of several steps that follow one another. */
final class Point {
  /** Names in {@code metrics.jsonl}: first those of which the last counts, then the averaged. */
  static final List<String> COLUMNS =
      List.of(
          "step",
          "lr",
          "weight_decay",
          "ema",
          "generation",
          "world_size",
          "loss",
          "grad_norm",
          "images_per_second",
          "input_wait");

  private static final int AVERAGED_FROM = COLUMNS.indexOf("loss");

  private final int steps;
  private final double[] values;

  private Point(int steps, double[] values) {
    this.steps = steps;
    this.values = values;
  }

  static Point of(JsonNode line) {
    double[] values = new double[COLUMNS.size()];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = line.path(COLUMNS.get(i));
      values[i] = value.isNumber() ? value.asDouble() : Double.NaN;
    }
    return new Point(1, values);
  }

  /** The value of the column of that index; NaN where there is none. */
  double value(int column) {
    return values[column];
  }

  /** One point of this and a later one. */
  Point and(Point later) {
    int both = steps + later.steps;
    double[] merged = later.values.clone();
    for (int i = AVERAGED_FROM; i < merged.length; i++) {
      if (Double.isNaN(merged[i])) {
        merged[i] = values[i];
      } else if (!Double.isNaN(values[i])) {
        merged[i] = (values[i] * steps + merged[i] * later.steps) / both;
      }
    }
    return new Point(both, merged);
  }
}
