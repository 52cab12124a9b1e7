package org.ijepa.settings;

/** A stretch of the run, counted in steps or in epochs. */
public record Extent(double count, Unit unit) {
  /** What is counted. */
  public enum Unit {
    STEPS,
    EPOCHS
  }

  /** So many steps, rounded down where epochs are not whole: the published warm-up is. */
  public long steps(long stepsPerEpoch) {
    return switch (unit) {
      case STEPS -> (long) count;
      case EPOCHS -> (long) Math.floor(count * stepsPerEpoch);
    };
  }

  @Override
  public String toString() {
    String number =
        count == Math.rint(count) ? String.valueOf((long) count) : String.valueOf(count);
    return number + (unit == Unit.STEPS ? " steps" : " epochs");
  }
}
