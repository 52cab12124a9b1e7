package org.ijepa.parity;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How far a replay is from its record, quantity by quantity, and whether that is near enough. */
public final class ParityReport {
  private final List<Check> checks = new ArrayList<>();

  /**
   * The worst difference of one quantity.
   *
   * @param quantity what was compared
   * @param worst largest difference, in the tolerance's terms; NaN if something was not a number
   * @param tolerance largest difference allowed
   * @param where step or tensor with the largest difference
   */
  public record Check(String quantity, double worst, double tolerance, String where) {
    /** Whether the difference is a number within the tolerance. */
    public boolean passed() {
      return worst <= tolerance;
    }
  }

  /** Collects differences of one quantity. */
  static final class Worst {
    private final String quantity;
    private final double tolerance;
    private double worst;
    private String where = "";

    Worst(String quantity, double tolerance) {
      this.quantity = quantity;
      this.tolerance = tolerance;
    }

    void see(double difference, String place) {
      // A difference that is not a number must stay the worst.
      if (Double.isNaN(worst)) {
        return;
      }
      if (where.isEmpty() || difference > worst || Double.isNaN(difference)) {
        worst = difference;
        where = place;
      }
    }

    Check check() {
      return new Check(quantity, where.isEmpty() ? Double.NaN : worst, tolerance, where);
    }
  }

  void add(Worst worst) {
    checks.add(worst.check());
  }

  /** All comparisons made. */
  public List<Check> checks() {
    return List.copyOf(checks);
  }

  /** Whether every quantity is within its tolerance. */
  public boolean passed() {
    return !checks.isEmpty() && checks.stream().allMatch(Check::passed);
  }

  /** A line for each quantity, and the verdict. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Check check : checks) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-4s %-34s %9.2e  (allowed %7.1e)  worst at %s%n",
              check.passed() ? "ok" : "FAIL",
              check.quantity(),
              check.worst(),
              check.tolerance(),
              check.where()));
    }
    return text.append(passed() ? "parity: passed" : "parity: FAILED").toString();
  }
}
