package org.ijepa.settings;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * This node's part in the cluster.
 *
 * @param name of the actor system
 * @param nodeName unique in the run; ranks follow it; empty: host and port
 * @param host address that others reach this node at
 * @param port its port; 0: any free one
 * @param ringPort where others' trainers bring gradients; 0: any free one
 * @param listen where the node itself listens
 * @param seedNodes {@code host:port} to join through; empty: found a cluster
 * @param roles what this node does, in the order of the enum
 * @param device what its trainers compute on
 * @param trainers on this node
 * @param threads of each trainer for computing on a CPU
 * @param minTrainers that must have joined before the first step
 * @param onLoss what follows the loss of a node
 * @param rejoinTimeout how long {@link OnLoss#WAIT} waits
 * @param hangTimeout for which a trainer that moves nothing is waited for
 * @param regroup what follows sums that fail again and again
 * @param collective how gradients are summed
 * @param security what keeps strangers out
 */
public record ClusterSettings(
    String name,
    String nodeName,
    String host,
    int port,
    int ringPort,
    ListenSettings listen,
    List<String> seedNodes,
    List<Role> roles,
    Compute device,
    int trainers,
    int threads,
    int minTrainers,
    OnLoss onLoss,
    Duration rejoinTimeout,
    Duration hangTimeout,
    RegroupSettings regroup,
    CollectiveSettings collective,
    ClusterSecurity security) {

  /** What a node does. */
  public enum Role {
    COORDINATOR,
    TRAINER,
    /** Decodes for trainers on other nodes. */
    PIPELINE
  }

  /** What trainers compute on. */
  public enum Compute {
    /** GPUs where there are some that the engine can use, else the CPU. */
    AUTO,
    CPU,
    GPU
  }

  /** What follows the loss of a node. */
  public enum OnLoss {
    /** Train on with fewer. */
    CONTINUE,
    /** Wait for the same members. */
    WAIT
  }

  /** A lost node is suspected by then: the interval and the pause of Akka's heartbeats. */
  public static final Duration FAILURE_DETECTION = Duration.ofSeconds(5);

  private static final Duration LEAST_HANG = Duration.ofSeconds(5);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");
  private static final Pattern NODE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:-]*");
  private static final Pattern HOST_AND_PORT = Pattern.compile("(\\S+):(\\d{1,5})");

  public ClusterSettings {
    seedNodes = List.copyOf(seedNodes);
    if (!NAME.matcher(name).matches()) {
      throw ConfigurationError.of("cluster.name", name, "be letters, digits, - and _");
    }
    if (!nodeName.isEmpty() && !NODE_NAME.matcher(nodeName).matches()) {
      throw ConfigurationError.of(
          "cluster.node-name", nodeName, "be auto or letters, digits, -, _, . and :");
    }
    if (host.isBlank()) {
      throw ConfigurationError.of("cluster.host", "\"\"", "be a host name or address");
    }
    ListenSettings.requirePort("cluster.port", port);
    ListenSettings.requirePort("cluster.ring-port", ringPort);
    listen.check(port, ringPort);
    for (String node : seedNodes) {
      requireHostAndPort("cluster.seed-nodes", node);
    }
    if (roles.isEmpty()) {
      throw ConfigurationError.of(
          "cluster.roles", roles, "name at least one of coordinator, trainer, pipeline");
    }
    roles = Set.copyOf(roles).stream().sorted().toList();
    Check.atLeast("cluster.trainers", trainers, 1);
    Check.atLeast("cluster.threads", threads, 1);
    Check.atLeast("cluster.min-trainers", minTrainers, 1);
    if (rejoinTimeout.isZero() || rejoinTimeout.isNegative()) {
      throw ConfigurationError.of(
          "cluster.rejoin-timeout", Values.text(rejoinTimeout), "be above 0");
    }
    if (!isAlone(seedNodes, port) && collective.timeout().compareTo(FAILURE_DETECTION) < 0) {
      throw ConfigurationError.of(
          "cluster.collective-timeout",
          Values.text(collective.timeout()),
          "be at least "
              + Values.text(FAILURE_DETECTION)
              + " where there may be other nodes (cluster.seed-nodes, cluster.port): the failure"
              + " detector takes so long to find a lost one");
    }
    if (hangTimeout.compareTo(LEAST_HANG) < 0) {
      throw ConfigurationError.of(
          "cluster.hang-timeout",
          Values.text(hangTimeout),
          "be at least " + Values.text(LEAST_HANG) + ", and far above what a micro-batch takes");
    }
  }

  /** Refuses what is not {@code host:port}. */
  public static void requireHostAndPort(String key, String node) {
    Matcher parts = HOST_AND_PORT.matcher(node);
    if (!parts.matches()
        || Integer.parseInt(parts.group(2)) < 1
        || Integer.parseInt(parts.group(2)) > ListenSettings.MOST_PORT) {
      throw ConfigurationError.of(key, node, "be \"host:port\"");
    }
  }

  /** Whether no other node can be in its run: it joins none, and has no address for others. */
  public boolean isAlone() {
    return isAlone(seedNodes, port);
  }

  private static boolean isAlone(List<String> seedNodes, int port) {
    return seedNodes.isEmpty() && port == 0;
  }

  /** Whether this node has neither trainers nor a vote, but decodes for trainers elsewhere. */
  public boolean decodesOnly() {
    return roles.equals(List.of(Role.PIPELINE));
  }

  ClusterSettings withTrainers(int settled, int settledThreads) {
    return new ClusterSettings(
        name,
        nodeName,
        host,
        port,
        ringPort,
        listen,
        seedNodes,
        roles,
        device,
        settled,
        settledThreads,
        minTrainers,
        onLoss,
        rejoinTimeout,
        hangTimeout,
        regroup,
        collective,
        security);
  }

  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>(own());
    values.putAll(listen.values());
    values.putAll(regroup.values());
    values.putAll(collective.values());
    values.putAll(security.values());
    return values;
  }

  private Map<String, Object> own() {
    return Values.of(
        "cluster.name", name,
        "cluster.node-name", nodeName.isEmpty() ? "auto" : nodeName,
        "cluster.host", host,
        "cluster.port", port,
        "cluster.ring-port", ringPort,
        "cluster.seed-nodes", seedNodes,
        "cluster.roles", roles,
        "cluster.device", device,
        "cluster.trainers", trainers,
        "cluster.threads", threads,
        "cluster.min-trainers", minTrainers,
        "cluster.on-loss", onLoss,
        "cluster.rejoin-timeout", rejoinTimeout,
        "cluster.hang-timeout", hangTimeout);
  }
}
