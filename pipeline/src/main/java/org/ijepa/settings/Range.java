package org.ijepa.settings;

/** Two numbers, from - to: bounds of a draw, or the start and the end of a schedule. */
public record Range(double from, double to) {
  @Override
  public String toString() {
    return "[" + from + ", " + to + "]";
  }
}
