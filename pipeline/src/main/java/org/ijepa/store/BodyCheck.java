package org.ijepa.store;

/**
 * Compares what the attempts of one read bring with the checksum that the server states. Bytes that
 * are not those are read again; where two attempts bring the same wrong ones, they are wrong where
 * they lie, or the server's checksum is none. Safe for use from many threads.
 */
final class BodyCheck {
  private final String name;

  // Guarded by this.
  private String wrong = "";

  /**
   * Has compared nothing yet.
   *
   * @param name of the object, for messages
   */
  BodyCheck(String name) {
    this.name = name;
  }

  /**
   * Compares one attempt's bytes.
   *
   * @throws StoreException TRANSIENT if they are wrong, DAMAGED if they are so in the same way as
   *     those of an attempt before
   */
  void check(StatedChecksum stated, byte[] body) {
    String found = stated.sum(body);
    if (stated.matches(found)) {
      return;
    }
    synchronized (this) {
      if (wrong.equals(found)) {
        throw new StoreException(
            StoreException.Kind.DAMAGED,
            "%s: its bytes are twice the same and not of the %s that the server states; put it there again, or set data.s3.verify = never where that is none"
                .formatted(name, stated.name()));
      }
      wrong = found;
    }
    throw new StoreException(
        StoreException.Kind.TRANSIENT,
        "%s: the bytes that came are not of the %s that the server states"
            .formatted(name, stated.name()));
  }
}
