package org.ijepa.trainer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a {@link StepWatch} found.
 *
 * @param about name of its log
 * @param step whose updates were the last
 * @param numbers by name, in the order in which they are written
 * @param word for them
 * @param severity of the word
 * @param text a line for people
 */
public record Finding(
    String about,
    long step,
    Map<String, Double> numbers,
    String word,
    Severity severity,
    String text) {

  /** What is to be done about it. */
  public enum Severity {
    NORMAL(0),
    /** Somebody should look. */
    WATCH(1),
    /** The run may be spoilt. */
    ALARM(2);

    private final double level;

    Severity(double level) {
      this.level = level;
    }

    /** For a curve: 0, 1 or 2. */
    public double level() {
      return level;
    }
  }

  public Finding {
    numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
  }
}
