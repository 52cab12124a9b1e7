package org.ijepa.chaos;

/**
 * What followed a fault.
 *
 * @param node that it met; "all" where it met all
 * @param step number of steps committed before it
 * @param seconds from the fault to the next commit of a new generation, or, where no generation
 *     ended, to the second commit from then; NaN where none came
 * @param whole seconds from the fault until as many trainers as before had committed a step
 *     together; NaN where they did not
 * @param costANode whether a node has ended of a fault that it should have borne
 */
public record Recovery(
    Fault fault, String node, long step, double seconds, double whole, boolean costANode) {
  /** Whether training went on and all came back. */
  public boolean isWhole() {
    return Double.isFinite(seconds) && Double.isFinite(whole);
  }
}
