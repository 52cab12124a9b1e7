package org.ijepa.coordinator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ijepa.trainer.MemberId;

/**
 * The trainers of a run by name: who is there, who is waited for, and how often each has failed.
 */
final class Roster {
  /** Members by name; empty while one is waited for. */
  private final SortedMap<String, Optional<MemberId>> members = new TreeMap<>();

  /** Ticks since which a removed member is waited for, by name. */
  private final SortedMap<String, Integer> away = new TreeMap<>();

  /** Failures in a row, by name. */
  private final Map<String, Integer> failures = new HashMap<>();

  /** Names of all, in the order of ranks. */
  Set<String> names() {
    return members.keySet();
  }

  boolean contains(String name) {
    return members.containsKey(name);
  }

  /** Those who are there, in the order of ranks. */
  List<MemberId> present() {
    return members.values().stream().flatMap(Optional::stream).toList();
  }

  /** Who is there under a name. */
  Optional<MemberId> present(String name) {
    return members.getOrDefault(name, Optional.empty());
  }

  boolean isPresent(MemberId member) {
    return present(member.name()).equals(Optional.of(member));
  }

  /** Whether nobody is waited for. */
  boolean isComplete() {
    return members.values().stream().allMatch(Optional::isPresent);
  }

  /** A member is there. */
  void put(MemberId member) {
    members.put(member.name(), Optional.of(member));
    away.remove(member.name());
  }

  /** A member failed and is waited for; returns its failures in a row. */
  int failed(MemberId member) {
    members.put(member.name(), Optional.empty());
    return failures.merge(member.name(), 1, Integer::sum);
  }

  /** A new step was made: failures before it do not count any more. */
  void progressed() {
    failures.clear();
  }

  /** Strikes a name; returns who was there under it. */
  Optional<MemberId> remove(String name) {
    Optional<MemberId> known = present(name);
    members.remove(name);
    return known;
  }

  /** Keeps a place for a member that was removed; whether it was not waited for already. */
  boolean awaitReturn(String name) {
    members.put(name, Optional.empty());
    return away.putIfAbsent(name, 0) == null;
  }

  /** Strikes those that were removed: they are waited for no longer. */
  void awaitNobody() {
    members.keySet().removeAll(away.keySet());
    away.clear();
  }

  /** Time passes; strikes and returns those who are waited for longer than so many ticks. */
  List<String> late(int limit) {
    away.replaceAll((name, ticks) -> ticks + 1);
    List<String> late =
        away.entrySet().stream()
            .filter(entry -> entry.getValue() > limit)
            .map(Map.Entry::getKey)
            .toList();
    away.keySet().removeAll(late);
    members.keySet().removeAll(late);
    return late;
  }
}
