package org.ijepa.node;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.cluster.typed.JoinSeedNodes;
import akka.cluster.typed.SelfUp;
import akka.cluster.typed.Subscribe;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.ijepa.coordinator.RunListener;

/**
 * How a node comes into its cluster: through the seed nodes, of which the first founds one where it
 * finds none. Part of the node's actor.
 */
final class ClusterEntry {
  /** Ticks after which a node that finds no other one says whom it waits for. */
  private static final int LONELY_TICKS = 30;

  private final ActorContext<Node.Command> context;
  private final List<Address> seeds;
  private final NodeCheck check;
  private final RunListener listener;
  private final Cluster cluster;
  private int lonelyTicks;
  private boolean foundLed;

  /**
   * Nothing is joined yet.
   *
   * @param seeds empty: found a cluster
   */
  ClusterEntry(
      ActorContext<Node.Command> context,
      List<Address> seeds,
      NodeCheck check,
      RunListener listener) {
    this.context = context;
    this.seeds = seeds;
    this.check = check;
    this.listener = listener;
    cluster = Cluster.get(context.getSystem());
  }

  /**
   * Begins to join.
   *
   * @param name of the node
   * @param up hears that it is in
   */
  void join(String name, ActorRef<SelfUp> up) {
    cluster.subscriptions().tell(Subscribe.create(up, SelfUp.class));
    if (seeds.isEmpty()) {
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
      return;
    }
    listener.noted("node " + name + " looks for the run's nodes at " + seeds);
    if (isFounder()) {
      joinOthers();
      lookForLife();
    } else {
      cluster.manager().tell(new JoinSeedNodes(seeds));
    }
  }

  /** The first seed node: founds a cluster where it finds none. */
  private boolean isFounder() {
    return seeds.get(0).equals(cluster.selfMember().address());
  }

  private void joinOthers() {
    List<Address> others = seeds.subList(1, seeds.size());
    if (!others.isEmpty()) {
      cluster.manager().tell(new JoinSeedNodes(others));
    }
  }

  /** A founder that was cut off and started anew must not found a second cluster. */
  private void lookForLife() {
    CompletableFuture<Boolean> look =
        CompletableFuture.supplyAsync(
            check::isLed, context.getSystem().dispatchers().lookup(DispatcherSelector.blocking()));
    context.pipeToSelf(
        look,
        (isLed, failure) ->
            failure == null
                ? new Node.LifeLooked(isLed, Optional.empty())
                : new Node.LifeLooked(false, Optional.of(failure)));
  }

  /** Whether a sign of life was found, by a founder that is not in a cluster yet. */
  void looked(boolean isLed) {
    if (!isOut()) {
      return;
    }
    if (!isLed) {
      cluster.manager().tell(new JoinSeedNodes(seeds));
      return;
    }
    if (!foundLed) {
      foundLed = true;
      listener.noted("this run is led already: looking for it at the other seed nodes");
    }
    // Those that lead may be gone before they hear of this node.
    lookForLife();
  }

  /** The node is not in yet; said with every tick. */
  void waits() {
    if (isOut() && !seeds.isEmpty() && !isFounder() && ++lonelyTicks == LONELY_TICKS) {
      listener.noted(
          "waiting for the first seed node "
              + Node.hostAndPort(seeds.get(0))
              + "; start it, or put a node that runs first in cluster.seed-nodes");
    }
  }

  private boolean isOut() {
    return cluster.selfMember().status().equals(MemberStatus.removed());
  }
}
