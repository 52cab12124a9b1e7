package org.ijepa.decode;

/**
 * Says that the bytes of a file cannot be used as an image, whoever reads them and whenever: the
 * one reason for which a sample is replaced by a substitute.
 */
public final class BadImage extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong with the bytes. */
  public enum Cause {
    /** No bytes at all. */
    EMPTY,
    /** The first bytes are not those of any image format that is read. */
    NOT_AN_IMAGE,
    /** An image format, but width and height cannot be had. */
    HEADER_UNREADABLE,
    /** The end marker of the format is missing, or the file is shorter than it says. */
    TRUNCATED,
    /** More pixels than the limit, by the header's own words, or more bytes. */
    TOO_LARGE,
    /** A variant of a known format that is not read (lossless JPEG, animated WebP, ...). */
    UNSUPPORTED,
    /** The header is sound, the codec gave up on what follows. */
    CORRUPT,
    /** A process that decodes it is taken down, as was tried: see {@link GuardedDecoder}. */
    CRASHES_DECODER
  }

  private final Cause reason;

  BadImage(Cause reason, String text) {
    super(text);
    this.reason = reason;
  }

  /**
   * A file that is too large to be looked at.
   *
   * @param most bytes that one may have
   */
  public static BadImage ofSize(long bytes, long most) {
    return new BadImage(
        Cause.TOO_LARGE, "the file has %d bytes: more than %d".formatted(bytes, most));
  }

  /** What is wrong, as a constant that goes into the quarantine file. */
  public Cause reason() {
    return reason;
  }
}
