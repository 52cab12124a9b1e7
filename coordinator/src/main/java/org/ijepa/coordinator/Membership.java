package org.ijepa.coordinator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.ijepa.coordinator.Coordinator.Command;
import org.ijepa.coordinator.Coordinator.Leads;
import org.ijepa.coordinator.Coordinator.NodeHello;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember;
import org.ijepa.trainer.Trainer;

/**
 * Who belongs to a run: what the cluster, its nodes and their trainers say of themselves, told as
 * events of the step protocol. Part of the coordinator's actor.
 */
final class Membership {
  private final ActorContext<Command> context;
  private final Cluster cluster;
  private final Nodes nodes = new Nodes();
  private final Map<MemberId, ActorRef<Trainer.Command>> trainers = new HashMap<>();

  /** Why trainers failed last, by name: their word may come after the news of their end. */
  private final Map<String, String> reasons = new HashMap<>();

  /** Nodes that have confirmed what is in question. */
  private final Set<Long> confirming = new HashSet<>();

  private CoordinatorEffect.Confirm inQuestion = new CoordinatorEffect.Confirm(0, 0);

  /** Nodes that were there when this coordinator began to hear of the cluster. */
  private final Set<Long> awaited = new HashSet<>();

  /** Nodes whose name another one has. */
  private final Set<Long> turnedAway = new HashSet<>();

  Membership(ActorContext<Command> context, Cluster cluster) {
    this.context = context;
    this.cluster = cluster;
  }

  /** Hears of the cluster from now on; returns whose trainers may vote. */
  List<CoordinatorEvent> watch(
      Function<Long, Command> nodeRemoved, Function<Long, Command> nodeUnreachable) {
    hear(
        ClusterEvent.MemberRemoved.class,
        event -> nodeRemoved.apply(Leadership.number(event.member())));
    hear(
        ClusterEvent.UnreachableMember.class,
        event -> nodeUnreachable.apply(Leadership.number(event.member())));
    for (Member member : cluster.state().getMembers()) {
      if (member.hasRole(Leadership.TRAINER) && Leadership.isIn(member)) {
        awaited.add(Leadership.number(member));
      }
    }
    return awaited.stream()
        .<CoordinatorEvent>map(node -> new CoordinatorEvent.NodeAwaited(name(node)))
        .toList();
  }

  /**
   * What follows for nodes that were removed before the cluster knew that this coordinator wants to
   * hear of it: it never says so again.
   */
  List<CoordinatorEvent> missed() {
    if (awaited.isEmpty()) {
      return List.of();
    }
    Set<Long> there = Leadership.numbers(cluster);
    List<Long> missed = awaited.stream().filter(node -> !there.contains(node)).toList();
    missed.forEach(awaited::remove);
    return missed.stream().flatMap(node -> removed(node).stream()).toList();
  }

  private <E extends ClusterEvent.ClusterDomainEvent> void hear(
      Class<E> event, Function<E, Command> message) {
    cluster
        .subscriptions()
        .tell(Subscribe.create(context.messageAdapter(event, message::apply), event));
  }

  private long self() {
    return Leadership.number(cluster.selfMember());
  }

  private static String name(long node) {
    return Long.toString(node);
  }

  /** What a node is told of that it may be taken in, or not yet. */
  enum Entry {
    WELCOME,
    /** Another node has its name; said once. */
    NAME_TAKEN,
    /** Its trainers cannot sum with those of the run, which it is told; said once. */
    REFUSED,
    IGNORED
  }

  /**
   * A node is there.
   *
   * @param begun whether trainers sum already
   */
  Entry hello(NodeHello hello, boolean begun) {
    Optional<NodeHello> obstacle = nodes.obstacle(hello, begun);
    if (obstacle.isPresent()) {
      hello.ref().tell(new NodeMessage.Refused(Nodes.why(hello, obstacle.get())));
      return turnedAway.add(hello.node()) ? Entry.REFUSED : Entry.IGNORED;
    }
    if (nodes.isGone(hello.node()) || !Leadership.contains(cluster, hello.node())) {
      // One that slept while it was removed: the cluster would never say again that it is gone.
      return Entry.IGNORED;
    }
    if (nodes.hello(hello)) {
      return Entry.WELCOME;
    }
    // Until the cluster has removed the other one: it may be what was here before a restart.
    return turnedAway.add(hello.node()) ? Entry.NAME_TAKEN : Entry.IGNORED;
  }

  /** Nodes of the run whose trainers cannot sum with those of one that is welcome. */
  List<NodeHello> misfits(NodeHello welcome) {
    return nodes.misfits(welcome);
  }

  /** Tells a node that it has to go; what follows for its trainers. */
  List<CoordinatorEvent> refuse(NodeHello misfit, NodeHello welcome) {
    misfit.ref().tell(new NodeMessage.Refused(Nodes.why(misfit, welcome)));
    turnedAway.add(misfit.node());
    return removed(misfit.node());
  }

  /** What is known of a node that is welcome. */
  List<CoordinatorEvent> known(long node) {
    return nodes.isComplete(node) ? List.of(new CoordinatorEvent.NodeKnown(name(node))) : List.of();
  }

  /** A trainer is there; one of an unknown node is not yet: it says so again. */
  List<CoordinatorEvent> registered(Trainer.Registered registered) {
    MemberId member = registered.member();
    if (!nodes.isKnown(registered.node())) {
      return List.of();
    }
    if (!trainers.containsKey(member)) {
      trainers.put(member, registered.trainer());
      context.watchWith(registered.trainer(), new Coordinator.TrainerGone(member));
    }
    nodes.registered(registered.node(), member);
    List<CoordinatorEvent> events = new ArrayList<>();
    events.add(new CoordinatorEvent.Registered(member));
    events.addAll(known(registered.node()));
    return events;
  }

  /** A trainer says that it failed. */
  CoordinatorEvent failed(MemberId member, String reason) {
    reasons.put(member.name(), reason);
    return new CoordinatorEvent.MemberFailed(member, reason);
  }

  /**
   * A trainer's actor has stopped: with its whole node it is gone only once the cluster says so.
   */
  List<CoordinatorEvent> gone(MemberId member) {
    trainers.remove(member);
    boolean nodeLives =
        nodes.home(member).map(node -> Leadership.contains(cluster, node)).orElse(false);
    String known = reasons.get(member.name());
    String reason = "its actor stopped" + (known == null ? "" : "; known of it: " + known);
    return nodeLives ? List.of(new CoordinatorEvent.MemberFailed(member, reason)) : List.of();
  }

  /** The cluster removed a node. */
  List<CoordinatorEvent> removed(long node) {
    awaited.remove(node);
    List<CoordinatorEvent> events = new ArrayList<>();
    nodes.removed(node).forEach(name -> events.add(new CoordinatorEvent.MemberRemoved(name)));
    events.add(new CoordinatorEvent.NodeKnown(name(node)));
    return events;
  }

  /** A node cannot be reached. */
  List<CoordinatorEvent> unreachable(long node) {
    return nodes.trainers(node).stream()
        .<CoordinatorEvent>map(CoordinatorEvent.MemberUnreachable::new)
        .toList();
  }

  /** Tells a trainer, if it is there. */
  void tell(MemberId member, ToMember message) {
    ActorRef<Trainer.Command> trainer = trainers.get(member);
    if (trainer != null) {
      trainer.tell(new Trainer.FromCoordinator(message));
    }
  }

  /** Asks all nodes whether this one leads. */
  void confirm(CoordinatorEffect.Confirm asked) {
    if (!asked.equals(inQuestion)) {
      inQuestion = asked;
      confirming.clear();
    }
    NodeMessage question =
        new NodeMessage.WhoLeads(asked.generation(), asked.time(), self(), context.getSelf());
    nodes.all().forEach(node -> node.ref().tell(question));
  }

  /** A node's answer; more than half of them confirm. */
  List<CoordinatorEvent> leads(Leads answer) {
    boolean asked =
        answer.generation() == inQuestion.generation() && answer.time() == inQuestion.time();
    if (!asked || !answer.yes()) {
      return List.of();
    }
    confirming.add(answer.node());
    return Leadership.isMajority(cluster, confirming)
        ? List.of(new CoordinatorEvent.Confirmed(inQuestion.generation(), inQuestion.time()))
        : List.of();
  }

  /** The number of the node that a trainer lives on; empty: none now. */
  Optional<Long> home(String trainer) {
    return nodes.home(trainer);
  }

  /** What a node calls itself; empty: it has not greeted. */
  Optional<String> nodeName(long node) {
    return nodes.name(node);
  }

  /** The other nodes that are in the cluster. */
  List<NodeHello> others() {
    return nodes.all().stream()
        .filter(node -> node.node() != self() && Leadership.contains(cluster, node.node()))
        .toList();
  }
}
