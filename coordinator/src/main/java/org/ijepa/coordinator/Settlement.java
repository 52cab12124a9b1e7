package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;

/**
 * What the members of the next generation agree on: a pure function of their answers.
 *
 * <p>Voters are those that completed their entry into the newest generation among the answers. The
 * half-done step k is committed if and only if every voter holds its reduced gradient or has
 * committed it: a decision implies that all held it. Else nobody can have decided, and k is
 * discarded.
 *
 * @param newest generation that the voters entered, 0 without voters
 * @param voters members with valid state, by name; empty if state comes from a checkpoint
 * @param group names of all members of the generation that the voters entered
 * @param nextStep step that the generation runs first
 * @param settled facts of step {@code nextStep - 1} if it is committed by this settlement
 * @param history facts of committed steps that voters know of, in order
 */
record Settlement(
    long newest,
    List<MemberId> voters,
    List<String> group,
    long nextStep,
    Optional<StepFacts> settled,
    List<StepFacts> history) {

  /** Voters contradict each other: the protocol was broken. */
  static final class Contradiction extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Contradiction(String message) {
      super(message);
    }
  }

  static Settlement of(Collection<Answer> answers) {
    long newest = answers.stream().mapToLong(Answer::entered).max().orElse(0);
    if (newest == 0) {
      return new Settlement(0, List.of(), List.of(), 0, Optional.empty(), List.of());
    }
    List<Answer> voters =
        answers.stream()
            .filter(answer -> answer.entered() == newest)
            .sorted(Comparator.comparing(answer -> answer.member().name()))
            .toList();
    long least = voters.stream().mapToLong(Answer::committed).min().orElseThrow();
    long most = voters.stream().mapToLong(Answer::committed).max().orElseThrow();
    boolean allHold = voters.stream().allMatch(v -> v.committed() > least || v.held().isPresent());
    if (most > least + 1 || (most > least && !allHold)) {
      throw new Contradiction(
          "voters of generation "
              + newest
              + " have committed "
              + least
              + " and "
              + most
              + " steps, which no order of messages allows");
    }
    Optional<StepFacts> settled = allHold ? merged(voters, least) : Optional.empty();
    long nextStep = allHold ? least + 1 : least;
    return new Settlement(
        newest,
        voters.stream().map(Answer::member).toList(),
        voters.get(0).group(),
        nextStep,
        settled,
        history(voters, settled));
  }

  /** The facts of the step that is committed by this settlement, if some voter has yet to. */
  private static Optional<StepFacts> merged(List<Answer> voters, long step) {
    if (voters.stream().allMatch(voter -> voter.committed() > step)) {
      return Optional.empty();
    }
    Map<MemberId, StepFacts> reports = new LinkedHashMap<>();
    for (Answer voter : voters) {
      Stream.concat(voter.held().stream(), voter.history().stream())
          .filter(facts -> facts.step() == step)
          .findFirst()
          .ifPresent(facts -> reports.put(voter.member(), facts));
    }
    return Optional.of(StepReports.merge(List.copyOf(reports.keySet()), reports, Double.NaN));
  }

  private static List<StepFacts> history(List<Answer> voters, Optional<StepFacts> settled) {
    TreeMap<Long, StepFacts> byStep = new TreeMap<>();
    for (Answer voter : voters) {
      voter.history().forEach(facts -> byStep.put(facts.step(), facts));
    }
    settled.ifPresent(facts -> byStep.put(facts.step(), facts));
    return new ArrayList<>(byStep.values());
  }
}
