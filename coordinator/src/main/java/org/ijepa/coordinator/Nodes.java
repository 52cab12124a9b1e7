package org.ijepa.coordinator;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ijepa.coordinator.Coordinator.NodeHello;
import org.ijepa.trainer.MemberId;

/** The nodes that a coordinator has heard of, and which trainers live on each. */
final class Nodes {
  private final Map<Long, NodeHello> nodes = new TreeMap<>();

  /** Numbers of nodes that the cluster removed: none comes back under its number. */
  private final Set<Long> gone = new HashSet<>();

  /** Node of each trainer, by the trainer's name. */
  private final Map<String, Long> homes = new HashMap<>();

  /** Whether the cluster has removed a node, which may not know it yet. */
  boolean isGone(long node) {
    return gone.contains(node);
  }

  /** Takes a node in; false while another node of the same name is in the cluster. */
  boolean hello(NodeHello hello) {
    boolean taken =
        nodes.values().stream()
            .anyMatch(other -> other.name().equals(hello.name()) && other.node() != hello.node());
    if (!taken) {
      nodes.put(hello.node(), hello);
    }
    return !taken;
  }

  boolean isKnown(long node) {
    return nodes.containsKey(node);
  }

  Collection<NodeHello> all() {
    return nodes.values();
  }

  /** A trainer of a known node. */
  void registered(long node, MemberId member) {
    homes.put(member.name(), node);
  }

  /** Whether all trainers of a known node have registered. */
  boolean isComplete(long node) {
    return trainers(node).size() >= nodes.get(node).trainers();
  }

  /** Names of the trainers on a node. */
  List<String> trainers(long node) {
    return homes.entrySet().stream()
        .filter(home -> home.getValue() == node)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  Optional<Long> home(MemberId member) {
    return Optional.ofNullable(homes.get(member.name()));
  }

  /** The cluster removed a node; returns the names of the trainers that were on it. */
  List<String> removed(long node) {
    List<String> lost = trainers(node);
    lost.forEach(homes::remove);
    nodes.remove(node);
    gone.add(node);
    return lost;
  }
}
