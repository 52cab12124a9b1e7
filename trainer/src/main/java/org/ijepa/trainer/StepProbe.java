package org.ijepa.trainer;

import org.ijepa.batch.MicroBatch;

/** Hears when a worker reaches a point of a step, and what it trains on; on the worker's thread. */
public interface StepProbe {
  /** Nobody listens. */
  StepProbe NONE = (point, member, step) -> {};

  /** Points of a step, in order. */
  enum Point {
    STEP_BEGUN,
    BACKWARD_DONE,
    REDUCED,
    WEIGHTS_UPDATED,
    TARGET_MOVED,
    CHECKPOINT_COPIED
  }

  /** Called at a point; what it throws fails the trainer there. */
  void at(Point point, MemberId member, long step);

  /** Called with each micro-batch that has reached a trainer; it is closed afterwards. */
  default void given(MemberId member, MicroBatch batch) {}
}
