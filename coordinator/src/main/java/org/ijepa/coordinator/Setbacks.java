package org.ijepa.coordinator;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ijepa.collective.Symptom;
import org.ijepa.coordinator.FailedLinks.Link;
import org.ijepa.trainer.FromMember.Broken;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember.Form;

/**
 * Sums that fail, one generation after another, without a step in between: how long to wait before
 * the next attempt, whom the members blame, and who is left out for it.
 *
 * <p>A failure counts against somebody as {@link FailedAttempt} has it. After so many that count,
 * those processes are left out without which no link is left that failed in most of them ({@link
 * FailedLinks}), if more than half of the processes go on without them, and one that remembers the
 * run. What was left out comes back after a while, or when it is started anew, and is left out
 * again at the first failure that is surely its own, before a step was made with it. The links for
 * which somebody is left out are remembered meanwhile: a process that cannot reach a second one
 * either is left out instead of the first.
 */
final class Setbacks {
  private final ProtocolRules rules;

  /** Failures in a row, whoever is to blame. */
  private int inARow;

  /** What the members say of the newest generation's failure. */
  private final SortedMap<String, Broken> reports = new TreeMap<>();

  /** The last failures in a row that count. */
  private final Deque<FailedAttempt> attempts = new ArrayDeque<>();

  /** Links for which somebody is left out, and what was said of them. */
  private final Map<Link, String> known = new LinkedHashMap<>();

  /** Ticks for which processes are left out, by endpoint. */
  private final SortedMap<String, Integer> leftOut = new TreeMap<>();

  /** How often members were left out, by name. */
  private final Map<String, Integer> times = new HashMap<>();

  /** Members that were left out, and have made no step since. */
  private final Set<String> onProbation = new HashSet<>();

  /** Ticks for which the run still tries, where it waits for the same members; -1: it does not. */
  private int patience = -1;

  private String text = "";

  /**
   * What the failure of a generation comes to.
   *
   * @param leftOut members without which the run goes on from here
   * @param letIn members that were left out, and are not any more
   * @param isHopeless whether the run cannot go on without those that it would have to leave out
   * @param why in a line; empty where nothing follows from it
   */
  record Verdict(List<MemberId> leftOut, List<MemberId> letIn, boolean isHopeless, String why) {
    private static final Verdict NONE = new Verdict(List.of(), List.of(), false, "");
  }

  Setbacks(ProtocolRules rules) {
    this.rules = rules;
  }

  /** A sum of the newest generation failed; returns the ticks until the next attempt. */
  int failed() {
    inARow++;
    return rules.backoff().pause(inARow);
  }

  /** A member says why a sum of the newest generation failed; perhaps not for the first time. */
  void reported(Broken broken) {
    if (broken.damagedCheckpoint().isEmpty()) {
      reports.put(broken.member().name(), broken);
    }
  }

  /** A step was made by these members: whatever failed before is over. */
  void stepped(List<MemberId> members) {
    inARow = 0;
    reports.clear();
    attempts.clear();
    patience = -1;
    members.forEach(member -> onProbation.remove(member.name()));
  }

  boolean isLeftOut(MemberId member) {
    return leftOut.containsKey(member.endpoint());
  }

  /** What failed last, in a line; empty as long as nothing has. */
  String text() {
    return text;
  }

  /**
   * Judges the newest generation's failure, once nobody is in it any more.
   *
   * @param generation that failed
   * @param present who is there, left out or not
   * @param voters who remembers the run; empty where what is stored is all there is
   */
  Verdict judge(Form generation, List<MemberId> present, List<MemberId> voters) {
    FailedAttempt attempt =
        FailedAttempt.of(generation, List.copyOf(reports.values()), present).orElse(null);
    reports.clear();
    if (attempt == null) {
      return Verdict.NONE;
    }
    attempts.addLast(attempt);
    if (attempts.size() > rules.backoff().attempts()) {
      attempts.removeFirst();
    }
    Map<Link, String> again = again(attempt, generation);
    boolean isEnough = attempts.size() >= rules.backoff().attempts();
    if (!isEnough && again.isEmpty()) {
      return Verdict.NONE;
    }
    text = "sums failed %d times in a row: %s".formatted(inARow, attempt.text());
    if (rules.waits()) {
      return waiting();
    }
    Verdict verdict = leaveOut(again.isEmpty() ? inMost() : again, generation, present, voters);
    return verdict.isHopeless() && !isEnough ? Verdict.NONE : verdict;
  }

  /** Links of those that are on probation, where they surely failed. */
  private Map<Link, String> again(FailedAttempt attempt, Form generation) {
    if (attempt.symptom() != Symptom.UNREACHABLE) {
      return Map.of();
    }
    Map<Link, String> links = new LinkedHashMap<>(attempt.links());
    links.keySet().removeIf(link -> !touches(link, generation.members(), onProbation));
    return links;
  }

  private static boolean touches(Link link, List<MemberId> members, Set<String> names) {
    return members.stream()
        .anyMatch(member -> names.contains(member.name()) && link.touches(member.endpoint()));
  }

  /** The links that failed in more than half of the attempts. */
  private Map<Link, String> inMost() {
    Map<Link, String> links = new LinkedHashMap<>();
    attempts.forEach(attempt -> links.putAll(attempt.links()));
    links.keySet().removeIf(link -> 2 * count(link) <= attempts.size());
    return links;
  }

  /** In how many attempts a link failed, whichever end said so. */
  private long count(Link link) {
    return attempts.stream()
        .filter(attempt -> attempt.links().keySet().stream().anyMatch(link::isSame))
        .count();
  }

  private Verdict leaveOut(
      Map<Link, String> failed, Form generation, List<MemberId> present, List<MemberId> voters) {
    Map<Link, String> links = new LinkedHashMap<>(known);
    Set<String> there = endpoints(present);
    links.keySet().removeIf(link -> !there.contains(link.from()) || !there.contains(link.to()));
    links.putAll(failed);
    Set<String> cover =
        FailedLinks.cover(links.keySet(), rather(generation, present, endpoints(voters)));
    boolean isMajority = 2 * (there.size() - cover.size()) > there.size();
    boolean isRemembered =
        voters.isEmpty() || voters.stream().anyMatch(voter -> !cover.contains(voter.endpoint()));
    if (failed.isEmpty() || !isMajority || !isRemembered) {
      return new Verdict(List.of(), List.of(), true, text);
    }
    List<MemberId> out =
        present.stream()
            .filter(member -> cover.contains(member.endpoint()) && !isLeftOut(member))
            .toList();
    List<MemberId> in =
        present.stream()
            .filter(member -> isLeftOut(member) && !cover.contains(member.endpoint()))
            .toList();
    known.clear();
    known.putAll(links);
    leftOut.keySet().retainAll(cover);
    out.forEach(this::leaveOut);
    attempts.clear();
    inARow = 0;
    return new Verdict(out, in, false, text);
  }

  private void leaveOut(MemberId member) {
    int before = times.merge(member.name(), 1, Integer::sum) - 1;
    onProbation.add(member.name());
    leftOut.merge(member.endpoint(), rules.backoff().leaveOut(before), Math::max);
  }

  private static Set<String> endpoints(List<MemberId> members) {
    return members.stream().map(MemberId::endpoint).collect(Collectors.toSet());
  }

  /**
   * Of two processes with equally many failed links: the one that is not all that remembers the
   * run; the one that has yet to make a step in it; the one that others blame more often; the one
   * with fewer trainers; the last one.
   */
  private Comparator<String> rather(
      Form generation, List<MemberId> present, Set<String> remembering) {
    Set<String> older =
        generation.members().stream()
            .filter(member -> !generation.newcomers().contains(member))
            .filter(member -> !onProbation.contains(member.name()))
            .map(MemberId::endpoint)
            .collect(Collectors.toSet());
    Comparator<String> needed =
        Comparator.comparing(process -> !remembering.equals(Set.of(process)));
    return needed
        .thenComparing(process -> !older.contains(process))
        .thenComparingLong(this::blamed)
        .thenComparing(
            Comparator.<String>comparingLong(process -> trainers(process, present)).reversed())
        .thenComparing(process -> lastName(process, present));
  }

  private long blamed(String process) {
    return attempts.stream()
            .flatMap(attempt -> attempt.links().keySet().stream())
            .filter(link -> link.to().equals(process))
            .count()
        + known.keySet().stream().filter(link -> link.to().equals(process)).count();
  }

  private static long trainers(String process, List<MemberId> present) {
    return present.stream().filter(member -> member.endpoint().equals(process)).count();
  }

  private static String lastName(String process, List<MemberId> present) {
    return present.stream()
        .filter(member -> member.endpoint().equals(process))
        .map(MemberId::name)
        .max(Comparator.naturalOrder())
        .orElse("");
  }

  private Verdict waiting() {
    if (patience >= 0) {
      return Verdict.NONE;
    }
    patience = rules.waitTicks();
    return new Verdict(List.of(), List.of(), false, text);
  }

  /** These are let in, without whom nobody remembers the run, or nobody is there. */
  void letIn(List<MemberId> members) {
    members.forEach(member -> letIn(member.endpoint()));
  }

  private void letIn(String process) {
    leftOut.remove(process);
    known.keySet().removeIf(link -> link.touches(process));
  }

  /** Time passes; returns the processes, by endpoint, that are let in again. */
  Set<String> tick() {
    patience = Math.max(-1, patience - 1);
    leftOut.replaceAll((process, ticks) -> ticks - 1);
    Set<String> back =
        leftOut.entrySet().stream()
            .filter(entry -> entry.getValue() <= 0)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    back.forEach(this::letIn);
    return back;
  }

  /** Whether a run that waits for the same members has tried for long enough. */
  boolean isLate() {
    return patience == 0;
  }
}
