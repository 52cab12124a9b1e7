package org.ijepa.coordinator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.MemberId;

/**
 * Who is there, who is waited for, and what they answer when they are asked for the next
 * generation: it can be settled once everybody who may have a say has answered.
 */
final class Attendance {
  private final ProtocolRules rules;
  private final Roster roster = new Roster();

  /** Nodes whose trainers may vote and are not known yet. */
  private final Set<String> nodes = new HashSet<>();

  private final Map<String, Answer> answers = new HashMap<>();

  /** Nobody is there. */
  Attendance(ProtocolRules rules) {
    this.rules = rules;
  }

  /** Those who are there, in the order of ranks. */
  List<MemberId> present() {
    return roster.present();
  }

  /** Names of those who are there or waited for. */
  Set<String> names() {
    return roster.names();
  }

  Optional<MemberId> present(String name) {
    return roster.present(name);
  }

  boolean isPresent(MemberId member) {
    return roster.isPresent(member);
  }

  boolean contains(String name) {
    return roster.contains(name);
  }

  /** A node may have trainers that vote. */
  void await(String node) {
    nodes.add(node);
  }

  /** All trainers of a node are known. */
  void known(String node) {
    nodes.remove(node);
  }

  /** Whether all trainers of all nodes are known. */
  boolean knowsAll() {
    return nodes.isEmpty();
  }

  /** A member is there; false if it was there before, or one that was started later is. */
  boolean arrived(MemberId member) {
    Optional<MemberId> known = roster.present(member.name());
    if (known.isPresent() && known.get().incarnation() >= member.incarnation()) {
      return false;
    }
    roster.put(member);
    answers.remove(member.name());
    return true;
  }

  /** A member failed and is waited for; returns its failures in a row. */
  int failed(MemberId member) {
    answers.remove(member.name());
    return roster.failed(member);
  }

  /** A new step was made: failures before it do not count any more. */
  void progressed() {
    roster.progressed();
  }

  /** The cluster removed a member; returns who was there under its name. */
  Optional<MemberId> removed(String name) {
    answers.remove(name);
    return roster.remove(name);
  }

  /** Whether members that were removed are waited for. */
  boolean waits() {
    return rules.waits();
  }

  /** Keeps a place for a member that was removed; whether it was not waited for already. */
  boolean awaitReturn(String name) {
    return roster.awaitReturn(name);
  }

  /** Gives up the places of those that were removed. */
  void awaitNobody() {
    roster.awaitNobody();
  }

  /** Time passes; returns those that are waited for no longer. */
  List<String> late() {
    return roster.late(rules.waitTicks());
  }

  /** Everybody is asked anew. */
  void askAnew() {
    answers.clear();
  }

  void answered(Answer answer) {
    answers.put(answer.member().name(), answer);
  }

  /** Those who are there and have not answered. */
  List<MemberId> silent() {
    return present().stream().filter(member -> !answers.containsKey(member.name())).toList();
  }

  /**
   * What the answers come to, once all have answered that may have a say.
   *
   * @param first whether this coordinator has formed no generation yet
   */
  Optional<Settlement> settlement(boolean first) {
    boolean all = !roster.names().isEmpty() && answers.keySet().containsAll(roster.names());
    return all && (knowsAll() || !first)
        ? Optional.of(Settlement.of(answers.values()))
        : Optional.empty();
  }

  /**
   * Whether nobody is waited for, and there are enough for a generation.
   *
   * @param first whether it is the first that this coordinator forms
   */
  boolean isEnough(boolean first, Settlement settlement) {
    // A run that others have begun goes on with those that are left.
    boolean begins = first && settlement.voters().isEmpty();
    return roster.isComplete() && !(begins && roster.names().size() < rules.minMembers());
  }
}
