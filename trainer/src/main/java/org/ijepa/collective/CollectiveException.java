package org.ijepa.collective;

import java.util.Optional;

/** A sum or copy between trainers that did not complete; the group is unusable from then on. */
public final class CollectiveException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Optional<Suspect> suspect;

  /** Says in a line what failed. */
  public CollectiveException(String message) {
    this(message, Optional.empty(), null);
  }

  /** Says in a line what failed, and what caused it. */
  public CollectiveException(String message, Throwable cause) {
    this(message, Optional.empty(), cause);
  }

  /** Says in a line what failed, who is to be blamed, and what caused it, which may be null. */
  CollectiveException(String message, Optional<Suspect> suspect, Throwable cause) {
    super(message, cause);
    this.suspect = suspect;
  }

  /** Who is to be blamed, as far as this rank saw it. */
  public Optional<Suspect> suspect() {
    return suspect;
  }
}
