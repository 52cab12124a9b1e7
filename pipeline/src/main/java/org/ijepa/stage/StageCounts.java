package org.ijepa.stage;

/**
 * What a stage did in some time. A stage works on up to {@code slots} elements at a time; the
 * seconds are those of slots, so that the three of them come to slots x time.
 *
 * @param slots elements that it can hold at a time
 * @param in elements begun
 * @param out elements that the next stage has taken
 * @param busy slot-seconds of work, waiting for an earlier element of the same stage included
 * @param upstream slot-seconds without an element: the stage before had none
 * @param downstream slot-seconds with a finished element that the next stage did not take yet
 */
public record StageCounts(
    int slots, long in, long out, double busy, double upstream, double downstream) {

  /** Nothing was counted. */
  public static final StageCounts NONE = new StageCounts(0, 0, 0, 0, 0, 0);

  /** All slot-seconds. */
  public double total() {
    return busy + upstream + downstream;
  }

  /** Share of the slot-seconds in which it worked; 0 where nothing was counted. */
  public double busyShare() {
    return share(busy);
  }

  /** Share of the slot-seconds in which it waited for the stage before. */
  public double upstreamShare() {
    return share(upstream);
  }

  /** Share of the slot-seconds in which it waited for the stage after. */
  public double downstreamShare() {
    return share(downstream);
  }

  private double share(double part) {
    return total() == 0 ? 0 : part / total();
  }

  /** What was counted here and there; slots are those of {@code later}. */
  StageCounts plus(StageCounts later) {
    return new StageCounts(
        later.slots == 0 ? slots : later.slots,
        in + later.in,
        out + later.out,
        busy + later.busy,
        upstream + later.upstream,
        downstream + later.downstream);
  }

  /** What was counted since {@code earlier}. */
  StageCounts minus(StageCounts earlier) {
    return new StageCounts(
        slots,
        in - earlier.in,
        out - earlier.out,
        busy - earlier.busy,
        upstream - earlier.upstream,
        downstream - earlier.downstream);
  }
}
