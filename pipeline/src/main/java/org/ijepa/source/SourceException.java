package org.ijepa.source;

/**
 * The source of images is not what it should be. Never a reason to replace a sample: the same run
 * elsewhere or later might see another.
 */
public final class SourceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What is wrong. */
  public enum Kind {
    /** An address that makes no sense. */
    BAD_ADDRESS,
    /** Nothing at all below the URI. */
    EMPTY,
    /** Files, but none that is named as an image. */
    NO_IMAGES,
    /** Images and shards. */
    MIXED,
    /** An image of the index, or a shard that was named, is not there. */
    VANISHED,
    /** An image of the index has another size now. */
    CHANGED,
    /** A file of more bytes than an image may have. */
    TOO_LARGE,
    /** A saved index that cannot be read. */
    DAMAGED_INDEX
  }

  private final Kind kind;

  SourceException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  SourceException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** What is wrong. */
  public Kind kind() {
    return kind;
  }

  /** What to do about it, or an empty string where the message says so itself. */
  public String hint() {
    if (getMessage().contains("; ")) {
      return "";
    }
    return switch (kind) {
      case BAD_ADDRESS ->
          "give a folder, s3://bucket/prefix, or shards such as s3://bucket/train-{0000..0099}.tar";
      case EMPTY, NO_IMAGES -> "give an address below which there are images";
      case MIXED -> "name the one or the other";
      case VANISHED, CHANGED -> "put back what was there, or begin anew";
      case TOO_LARGE -> "take it out";
      case DAMAGED_INDEX -> "delete it, and the source is listed again";
    };
  }
}
