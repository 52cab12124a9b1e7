package org.ijepa.coordinator;

import akka.cluster.typed.Cluster;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import org.ijepa.coordinator.StatusAnswer.Node;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.RunMember;
import org.ijepa.run.RunMember.State;
import org.ijepa.trainer.MemberId;

/** Who takes part in a run, told whenever it is not as it was told last. */
final class RollCall {
  private final Cluster cluster;
  private final Membership membership;
  private final RunListener listener;
  private Optional<MembersChanged> told = Optional.empty();

  RollCall(Cluster cluster, Membership membership, RunListener listener) {
    this.cluster = cluster;
    this.membership = membership;
    this.listener = listener;
  }

  /** Tells who takes part, if that is news. */
  void call(CoordinatorProtocol protocol) {
    List<String> ranks = protocol.members().stream().map(MemberId::name).toList();
    List<RunMember> members =
        of(
            ranks,
            protocol.trainers(),
            membership::home,
            membership::nodeName,
            Leadership.nodes(cluster));
    MembersChanged now = new MembersChanged(protocol.generation(), members);
    if (!told.equals(Optional.of(now))) {
      told = Optional.of(now);
      listener.membersChanged(now);
    }
  }

  /**
   * Everybody, trainers first, in the order of ranks.
   *
   * @param ranks names of the trainers of the newest generation
   * @param trainers what each is at, by name
   * @param home number of the node that a trainer lives on
   * @param names of nodes that have greeted, by number
   * @param nodes of the cluster, by number
   */
  static List<RunMember> of(
      List<String> ranks,
      SortedMap<String, State> trainers,
      Function<String, Optional<Long>> home,
      Function<Long, Optional<String>> names,
      Map<Long, Node> nodes) {
    List<RunMember> members = new ArrayList<>();
    trainers.forEach(
        (name, state) -> {
          Optional<Node> node = home.apply(name).map(nodes::get);
          int rank = state == State.TRAINING ? ranks.indexOf(name) : -1;
          members.add(
              node.map(at -> member(name, at, rank, state))
                  .orElseGet(() -> new RunMember(name, "", "", false, -1, state)));
        });
    Comparator<RunMember> rankless = Comparator.comparing(member -> member.rank() < 0);
    members.sort(rankless.thenComparingInt(RunMember::rank));
    Collection<Long> homes =
        trainers.keySet().stream().map(home).flatMap(Optional::stream).toList();
    nodes.forEach(
        (number, node) -> {
          if (!homes.contains(number)) {
            String name = names.apply(number).orElse(address(node));
            members.add(member(name, node, -1, withoutTrainers(node)));
          }
        });
    return members;
  }

  private static RunMember member(String name, Node node, int rank, State state) {
    return new RunMember(
        name,
        address(node),
        String.join(",", node.roles()),
        node.leads(),
        rank,
        node.reachable() ? state : State.UNREACHABLE);
  }

  /** Host and port, without the cluster's name. */
  private static String address(Node node) {
    return node.address().substring(node.address().indexOf('@') + 1);
  }

  /** What a node is at that has no trainers, or none as yet. */
  private static State withoutTrainers(Node node) {
    if (node.roles().contains(Leadership.TRAINER)) {
      return State.JOINING;
    }
    return node.roles().contains(Leadership.COORDINATOR) ? State.COORDINATING : State.DECODING;
  }
}
