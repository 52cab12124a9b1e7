package org.ijepa.collective;

/** A sum or copy between trainers that did not complete; the group is unusable from then on. */
public final class CollectiveException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says in a line what failed. */
  public CollectiveException(String message) {
    super(message);
  }

  /** Says in a line what failed, and what caused it. */
  public CollectiveException(String message, Throwable cause) {
    super(message, cause);
  }
}
