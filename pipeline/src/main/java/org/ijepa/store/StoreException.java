package org.ijepa.store;

/** A store did not do what was asked; the kind says whether trying again can help. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** What went wrong. */
  public enum Kind {
    /** No such object. */
    NOT_FOUND,
    /** No such bucket, or no such folder. */
    NO_BUCKET,
    /** Credentials are missing or not accepted, or permission is. */
    REFUSED,
    /** No space left. */
    NO_SPACE,
    /** A time-out, a server's error, a cut connection: the world, which may be better later. */
    TRANSIENT,
    /** Anything else. */
    OTHER
  }

  /** Names the object and what went wrong with it. */
  public StoreException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The store's exception within a chain of causes, or a transient one that wraps it. */
  public static StoreException of(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof StoreException found) {
        return found;
      }
    }
    return new StoreException(Kind.TRANSIENT, String.valueOf(failure.getMessage()), failure);
  }
}
