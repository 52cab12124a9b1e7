package org.ijepa.store;

/** How many requests an operation of S3 takes, retries aside. */
public final class S3Requests {
  /** Larger objects go up in parts, so that a failure costs a part. */
  static final long SINGLE_PUT_BYTES = 32L << 20;

  /** Of a part; the least that S3 takes, and what Alpakka uploads with. */
  static final long PART_BYTES = 5L << 20;

  /** Objects that an answer to a listing names at most. */
  private static final int LISTED = 1_000;

  private S3Requests() {}

  /** Of writing an object: a PUT, or its parts between a beginning and an end. */
  public static long ofWrite(long bytes) {
    return bytes <= SINGLE_PUT_BYTES ? 1 : 2 + (bytes + PART_BYTES - 1) / PART_BYTES;
  }

  /** Of listing so many objects. */
  public static long ofListing(long objects) {
    return Math.max(1, (objects + LISTED - 1) / LISTED);
  }
}
