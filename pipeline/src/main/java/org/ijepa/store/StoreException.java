package org.ijepa.store;

import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.ijepa.failure.ExitCode;

/** An operation on a store failed; the message is one line that names the URI and what to do. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure, which decides what a caller does about it. */
  public enum Kind {
    /** The object is not there. */
    NOT_FOUND,
    /** The bucket, or the folder that is the root, is not there. */
    NO_BUCKET,
    /** Credentials are missing or wrong, or do not permit it. */
    REFUSED,
    /** The world's fault, and may pass: time-outs, 5xx, cut connections, a vanished mount. */
    TRANSIENT,
    /** No space, or over quota. */
    NO_SPACE,
    /** The object is not of the version that was asked for. */
    CHANGED,
    /** The object has more or fewer bytes than were asked for. */
    RESIZED,
    /** The object's bytes are not those of which the server states the checksum, and stay so. */
    DAMAGED,
    /** An object that was to be created is there already. */
    EXISTS,
    /** The request makes no sense to the store: a wrong key, range, region or URI. */
    INVALID
  }

  private final Kind kind;

  public StoreException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public StoreException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** What kind of failure. */
  public Kind kind() {
    return kind;
  }

  /** How a command ends of which it is the end: what may pass may be tried again as it is. */
  public ExitCode exitCode() {
    return kind == Kind.TRANSIENT ? ExitCode.INTERRUPTED : ExitCode.WRONG_USAGE;
  }

  /** What to do about it, or an empty string where the message says so itself. */
  public String hint() {
    if (getMessage().contains("; ")) {
      return "";
    }
    return switch (kind) {
      case NOT_FOUND, NO_BUCKET -> "correct the address, or put there what is looked for";
      case REFUSED -> "check permissions and credentials, or choose another place";
      case TRANSIENT -> "try again once the store answers";
      case NO_SPACE -> "free some space, or choose another place";
      case CHANGED, RESIZED -> "put back what was there, or begin anew";
      case DAMAGED -> "put it there again";
      case EXISTS -> "choose another place";
      case INVALID -> "correct the address";
    };
  }

  /** The store's failure within what a future or stream failed with, if it is one. */
  public static Optional<StoreException> of(Throwable failure) {
    Throwable at = failure;
    while (at instanceof CompletionException || at instanceof ExecutionException) {
      if (at.getCause() == null) {
        break;
      }
      at = at.getCause();
    }
    return at instanceof StoreException found ? Optional.of(found) : Optional.empty();
  }
}
