package org.ijepa.store;

/**
 * Settings of Akka HTTP's connections, whose defaults (4 connections, 32 open requests a host)
 * would throttle S3.
 */
public final class HttpPool {
  /** Uploads of parts and listings go on beside the fetches. */
  private static final int OTHERS = 8;

  private HttpPool() {}

  /**
   * HOCON to be put above the defaults when the actor system is made.
   *
   * @param fetchParallelism objects fetched at once from one host
   */
  public static String overrides(int fetchParallelism) {
    if (fetchParallelism < 1) {
      throw new IllegalArgumentException(
          "fetch parallelism must be at least 1, not " + fetchParallelism);
    }
    int connections = Math.addExact(fetchParallelism, OTHERS);
    // Akka HTTP wants a power of two; retries may queue up beside what is under way.
    int open = Integer.highestOneBit(Math.max(32, Math.multiplyExact(4, connections)) - 1) << 1;
    return """
        akka.http.host-connection-pool {
          max-connections = %d
          max-open-requests = %d
          max-retries = 0
        }
        """
        .formatted(connections, open);
  }
}
