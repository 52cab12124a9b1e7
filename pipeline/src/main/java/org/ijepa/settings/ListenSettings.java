package org.ijepa.settings;

import java.util.Map;

/**
 * Where a node listens, where that is another place than others reach it at.
 *
 * @param host that it listens on and that its own connections come from; empty: where others reach
 *     it, and connections from whatever address the system chooses
 * @param port for messages; 0: the one that others reach it at
 * @param ringPort for gradients; 0: the one that others reach it at
 */
public record ListenSettings(String host, int port, int ringPort) {
  static final int MOST_PORT = 65_535;

  /** As others reach the node. */
  public static final ListenSettings AS_REACHED = new ListenSettings("", 0, 0);

  public ListenSettings {
    requirePort("cluster.listen.port", port);
    requirePort("cluster.listen.ring-port", ringPort);
  }

  /** Refuses what is neither a port nor 0. */
  static void requirePort(String key, int port) {
    if (port < 0 || port > MOST_PORT) {
      throw ConfigurationError.of(key, port, "be 0 - " + MOST_PORT);
    }
  }

  /** Refuses what does not go together with the ports that others reach the node at. */
  void check(int reachedPort, int reachedRingPort) {
    requireReached("port", port, reachedPort);
    requireReached("ring-port", ringPort, reachedRingPort);
    if (reachedRingPort != 0 && reachedRingPort == reachedPort) {
      throw ConfigurationError.of("cluster.ring-port", reachedRingPort, "differ from cluster.port");
    }
    int messages = port == 0 ? reachedPort : port;
    int gradients = ringPort == 0 ? reachedRingPort : ringPort;
    if (gradients != 0 && gradients == messages) {
      throw ConfigurationError.of(
          "cluster.listen.ring-port", ringPort, "leave gradients another port than messages");
    }
  }

  private static void requireReached(String name, int own, int reached) {
    if (own != 0 && reached == 0) {
      throw ConfigurationError.of(
          "cluster.listen." + name,
          own,
          "stand with cluster." + name + ", which others reach it by");
    }
  }

  Map<String, Object> values() {
    return Values.of(
        "cluster.listen.host", host,
        "cluster.listen.port", port,
        "cluster.listen.ring-port", ringPort);
  }
}
