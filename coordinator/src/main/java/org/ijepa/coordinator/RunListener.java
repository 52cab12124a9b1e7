package org.ijepa.coordinator;

import org.ijepa.run.StepMetrics;

/** Hears of a run as it goes, on the coordinator's thread. */
public interface RunListener {
  /** The run has so many steps in all; heard before any other word. */
  default void planned(long steps) {}

  /** A step is committed. */
  void committed(StepMetrics metrics);

  /** Something that people want to know. */
  void noted(String text);

  /** Hears nothing. */
  RunListener NONE =
      new RunListener() {
        @Override
        public void committed(StepMetrics metrics) {}

        @Override
        public void noted(String text) {}
      };
}
