package org.ijepa.chaos;

/** What can be done to a node. */
public enum Fault {
  /** SIGKILL. */
  KILL,
  /** SIGKILL to all nodes at once. */
  KILL_ALL,
  /** SIGKILL to the largest minority at once, beginning with the node. */
  KILL_MINORITY,
  /** SIGTERM: the node leaves. */
  LEAVE,
  /** SIGSTOP for longer than the failure detector waits, then SIGCONT. */
  STOP,
  /** The largest minority, beginning with the node, is cut off for as long. */
  PARTITION,
  /** SIGSTOP and SIGCONT in turn, each too short to be taken for dead. */
  SLOW,
  /** No file that any node writes can grow, for long enough that checkpoints fail. */
  DISK_FULL;

  /** Whether the run goes on with all its nodes meanwhile. */
  boolean costsNoNode() {
    return this == SLOW || this == DISK_FULL;
  }
}
