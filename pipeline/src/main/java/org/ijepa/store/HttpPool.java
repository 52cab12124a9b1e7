package org.ijepa.store;

import akka.actor.typed.ActorSystem;

/**
 * Settings of Akka HTTP's connections, whose defaults (4 connections, 32 open requests a host)
 * would throttle S3.
 */
public final class HttpPool {
  /** Second requests, uploads of parts and listings go on beside the fetches. */
  private static final int OTHERS = 8;

  private static final String CONNECTIONS = "akka.http.host-connection-pool.max-connections";

  private HttpPool() {}

  /** How many connections a system may have to a host. */
  static int connections(ActorSystem<?> system) {
    return system.settings().config().getInt(CONNECTIONS);
  }

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
        %s = %d
        akka.http.host-connection-pool {
          max-open-requests = %d
          max-retries = 0
        }
        """
        .formatted(CONNECTIONS, connections, open);
  }
}
