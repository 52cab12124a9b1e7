package org.ijepa.node;

import java.util.concurrent.atomic.AtomicBoolean;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepProbe;

/** Fails a trainer at a point of a step, the first time that it comes there. */
final class FailsOnce implements StepProbe {
  private final Point where;
  private final String trainer;
  private final long when;
  private final AtomicBoolean failed = new AtomicBoolean();

  FailsOnce(Point where, String trainer, long when) {
    this.where = where;
    this.trainer = trainer;
    this.when = when;
  }

  /** Whether it has been there. */
  boolean hasFailed() {
    return failed.get();
  }

  @Override
  public void at(Point point, MemberId member, long step) {
    boolean due = point == where && step == when && member.name().equals(trainer);
    if (due && failed.compareAndSet(false, true)) {
      throw new IllegalStateException("injected at " + where);
    }
  }
}
