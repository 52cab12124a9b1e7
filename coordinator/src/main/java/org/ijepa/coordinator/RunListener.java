package org.ijepa.coordinator;

import org.ijepa.batch.SampleViews;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.StepMetrics;
import org.ijepa.source.IndexProgress;

/** Hears of a run as it goes, on whichever thread has something to say. */
public interface RunListener {
  /** The run has so many steps in all; heard before any other word. */
  default void planned(long steps) {}

  /** Who hears how far the index of a source is, before the images of the run are known. */
  default IndexProgress indexing(String uri) {
    return IndexProgress.NONE;
  }

  /** The images of the run are known; they can be looked at until it ends. */
  default void opened(SampleViews images) {}

  /** This process is a node of a cluster under this name; of a run of one node nobody hears it. */
  default void named(String node) {}

  /** A trainer of this node holds the gradient of a step; perhaps not for the first time. */
  default void reduced(long generation, long step) {}

  /** A part of this node has moved, as it has to; said again and again. */
  default void moved(NodePart part, String name) {}

  /** A part of this node is gone, as it should be. */
  default void gone(NodePart part, String name) {}

  /** A trainer of this node hangs, and the node ends. */
  default void hung(String why) {}

  /** This node takes part in the run. */
  default void joined() {}

  /** A checkpoint is complete. */
  default void stored(CheckpointStored checkpoint) {}

  /** The run that this node leads has come to its end or to a stop. */
  default void ended(RunOutcome outcome) {}

  /** A step is committed. */
  void committed(StepMetrics metrics);

  /** Something that people want to know. */
  void noted(String text);

  /** Something of a known kind; who does not tell kinds apart hears its text. */
  default void happened(Happening what) {
    noted(what.text());
  }

  /** Others take part in the run that this node leads, or others wait for it, than before. */
  default void membersChanged(MembersChanged now) {}

  /** Hears nothing. */
  RunListener NONE =
      new RunListener() {
        @Override
        public void committed(StepMetrics metrics) {}

        @Override
        public void noted(String text) {}
      };
}
