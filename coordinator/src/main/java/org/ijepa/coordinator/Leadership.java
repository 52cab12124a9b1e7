package org.ijepa.coordinator;

import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Who leads, and who has a say in it, as a node sees its cluster now. */
public final class Leadership {
  /** Role of the nodes that the coordinator may live on. */
  public static final String COORDINATOR = "coordinator";

  /** Role of nodes that have trainers. */
  static final String TRAINER = "trainer";

  /** Role of the nodes that have a vote: all but those that only decode. */
  public static final String VOTER = "voter";

  private Leadership() {}

  private static List<Member> members(Cluster cluster, String role) {
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .filter(member -> member.hasRole(role))
        .toList();
  }

  static boolean isIn(Member member) {
    return !member.status().equals(MemberStatus.down())
        && !member.status().equals(MemberStatus.removed());
  }

  private static boolean isSettled(Member member) {
    return member.status().equals(MemberStatus.up())
        || member.status().equals(MemberStatus.leaving());
  }

  /** A node's number: another one after each start. */
  static long number(Member member) {
    return member.uniqueAddress().longUid();
  }

  /** All that the cluster has not removed. */
  static Set<Long> numbers(Cluster cluster) {
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .map(Leadership::number)
        .collect(Collectors.toSet());
  }

  static boolean contains(Cluster cluster, long node) {
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .anyMatch(member -> number(member) == node && isIn(member));
  }

  /** The node that the coordinator lives on: the one that has been in the cluster longest. */
  public static Optional<Long> leader(Cluster cluster) {
    return members(cluster, COORDINATOR).stream()
        .filter(Leadership::isSettled)
        .min(Comparator.comparing(member -> member, (a, b) -> a.isOlderThan(b) ? -1 : 1))
        .map(Leadership::number);
  }

  /** Whether these are more than half of the nodes that have a vote. */
  static boolean isMajority(Cluster cluster, Set<Long> nodes) {
    List<Long> voters =
        members(cluster, VOTER).stream()
            .filter(Leadership::isSettled)
            .map(Leadership::number)
            .toList();
    return 2 * voters.stream().filter(nodes::contains).count() > voters.size();
  }

  /** The cluster as this node sees it, oldest member first. */
  public static StatusAnswer.Members status(Cluster cluster) {
    return new StatusAnswer.Members(List.copyOf(nodes(cluster).values()));
  }

  /** The nodes of the cluster as this node sees it, by number, oldest member first. */
  static Map<Long, StatusAnswer.Node> nodes(Cluster cluster) {
    Set<Member> unreachable = cluster.state().getUnreachable();
    Optional<Long> leader = leader(cluster);
    Map<Long, StatusAnswer.Node> nodes = new LinkedHashMap<>();
    StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .sorted((a, b) -> a.isOlderThan(b) ? -1 : 1)
        .forEach(
            member ->
                nodes.put(
                    number(member),
                    new StatusAnswer.Node(
                        member.address().hostPort(),
                        member.getRoles().stream()
                            .filter(role -> !role.startsWith("dc-") && !role.equals(VOTER))
                            .sorted()
                            .toList(),
                        member.status().toString().toLowerCase(Locale.ROOT),
                        !unreachable.contains(member),
                        leader.equals(Optional.of(number(member))))));
    return nodes;
  }

  /** Whether the run goes on once these nodes are gone: somebody leads, somebody trains. */
  static boolean goesOnWithout(Cluster cluster, Set<Long> leaving) {
    return staysOne(cluster, COORDINATOR, leaving) && staysOne(cluster, TRAINER, leaving);
  }

  private static boolean staysOne(Cluster cluster, String role, Set<Long> leaving) {
    Set<Member> unreachable = cluster.state().getUnreachable();
    return members(cluster, role).stream()
        .anyMatch(
            member ->
                member.status().equals(MemberStatus.up())
                    && !unreachable.contains(member)
                    && !leaving.contains(number(member)));
  }
}
