package org.ijepa.coordinator;

import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Nodes that have asked to leave. Whether they go or the run ends is decided for all that ask
 * together: no node alone can know that the others go, too.
 */
final class Departures {
  /** How long the first waits for others: a signal to all reaches each at another time. */
  static final Duration GATHERING = Duration.ofSeconds(1);

  private final SortedMap<Long, ActorRef<NodeMessage>> asking = new TreeMap<>();

  /** A node asks, perhaps again. */
  void asks(long node, ActorRef<NodeMessage> ref) {
    asking.put(node, ref);
  }

  /** The cluster removed a node. */
  void removed(long node) {
    asking.remove(node);
  }

  Set<Long> nodes() {
    return Set.copyOf(asking.keySet());
  }

  /** Lets all go that have asked. They stay in {@link #nodes} until they are gone. */
  void grant() {
    asking.values().forEach(ref -> ref.tell(NodeMessage.Leave.INSTANCE));
  }
}
