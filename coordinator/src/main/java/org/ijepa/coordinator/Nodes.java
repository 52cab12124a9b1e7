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

  /** Nodes whose trainers cannot sum with those of this one. */
  List<NodeHello> misfits(NodeHello hello) {
    return nodes.values().stream()
        .filter(other -> other.node() != hello.node())
        .filter(other -> other.trainers() > 0 && hello.trainers() > 0)
        .filter(other -> !other.sums().fits(hello.sums()))
        .toList();
  }

  /**
   * A node whose trainers a newcomer's cannot sum with, and which need not give way to it: as one
   * must that takes anything to one that takes nothing but NCCL, before trainers sum.
   */
  Optional<NodeHello> obstacle(NodeHello newcomer, boolean begun) {
    return misfits(newcomer).stream()
        .filter(other -> begun || !newcomer.sums().required() || other.sums().required())
        .findFirst();
  }

  /** Why a node cannot be in a run with another one, in a line for it. */
  static String why(NodeHello refused, NodeHello other) {
    String where =
        other.sums().required()
            ? "node %s, which has %s; this node has %s"
                .formatted(other.name(), other.sums().text(), refused.sums().text())
            : "this node, which has %s; node %s has %s"
                .formatted(refused.sums().text(), other.name(), other.sums().text());
    return "trainers of one run sum in one way, and cluster.collective = nccl on "
        + where
        + ": install the same NCCL for all trainers (docs/deploy.md), or set cluster.collective ="
        + " auto on all nodes";
  }

  boolean isKnown(long node) {
    return nodes.containsKey(node);
  }

  Optional<String> name(long node) {
    return Optional.ofNullable(nodes.get(node)).map(NodeHello::name);
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
    return home(member.name());
  }

  Optional<Long> home(String trainer) {
    return Optional.ofNullable(homes.get(trainer));
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
