package org.ijepa.decode;

/** A file whose bytes themselves are no usable image; the same for every reader and every try. */
public final class BadImage extends Exception {
  private static final long serialVersionUID = 1L;

  private final Cause reason;

  /** What is wrong with the bytes. */
  public enum Cause {
    EMPTY,
    NOT_AN_IMAGE,
    UNSUPPORTED,
    TRUNCATED,
    TOO_LARGE,
    UNDECODABLE
  }

  /** Says what is wrong, with the numbers that show it. */
  public BadImage(Cause reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong. */
  public Cause reason() {
    return reason;
  }
}
