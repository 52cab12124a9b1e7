package org.ijepa.store;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** How many requests an operation of S3 takes, retries aside. */
public final class S3Requests {
  /** Larger objects go up in parts, so that a failure costs a part. */
  static final long SINGLE_PUT_BYTES = 32L << 20;

  /** Of a part; the least that S3 takes, and what Alpakka uploads with. */
  static final long PART_BYTES = 5L << 20;

  /** Objects that an answer to a listing names at most. */
  static final int LISTED = 1_000;

  private S3Requests() {}

  /** Of writing an object: a PUT, or its parts between a beginning and an end. */
  public static long ofWrite(long bytes) {
    return bytes <= SINGLE_PUT_BYTES ? 1 : 2 + (bytes + PART_BYTES - 1) / PART_BYTES;
  }

  /**
   * Of listing objects with these keys below one root, about: a page, or else the first two and
   * each folder's, as {@link S3Listing} does.
   */
  public static long ofListing(Stream<String> keys) {
    Map<String, Long> children = new HashMap<>();
    children.put("", 0L);
    long[] objects = {0};
    keys.forEach(
        key -> {
          objects[0]++;
          String child = key;
          boolean isNew = true;
          while (isNew && !child.isEmpty()) {
            child = child.substring(0, child.lastIndexOf('/', child.length() - 2) + 1);
            isNew = !children.containsKey(child);
            children.merge(child, 1L, Long::sum);
          }
        });
    if (objects[0] <= LISTED) {
      return 1;
    }
    long inside = children.values().stream().mapToLong(Long::longValue).sum();
    if (S3Listing.isSlower(children.size(), inside)) {
      return 3 + S3Listing.BATCH + pages(objects[0]);
    }
    return 2 + children.values().stream().mapToLong(S3Requests::pages).sum();
  }

  private static long pages(long objects) {
    return Math.max(1, (objects + LISTED - 1) / LISTED);
  }
}
