package org.ijepa.coordinator;

/** What of a node has to move, whatever the run does. */
public enum NodePart {
  /** The guardian, which speaks to the coordinator. */
  NODE,
  /** The actor of a trainer: its worker is looked after by itself. */
  TRAINER,
  /** The coordinator, where it lives on this node. */
  COORDINATOR
}
