package org.ijepa.coordinator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ijepa.coordinator.CoordinatorEffect.Send;
import org.ijepa.trainer.FromMember.Reduced;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.ToMember.Commit;
import org.ijepa.trainer.ToMember.Form;

/**
 * The newest generation that a coordinator formed: its members, and what they have reported of the
 * step that is under way.
 */
final class Crew {
  private Optional<Form> form = Optional.empty();
  private Optional<Form> before = Optional.empty();
  private final Set<MemberId> heard = new HashSet<>();
  private final Map<MemberId, StepFacts> reports = new HashMap<>();
  private Optional<Commit> lastCommit = Optional.empty();

  /** Who completed the reports of the step before. */
  private Optional<MemberId> lastToReport = Optional.empty();

  /** A generation is formed. */
  void form(Form formed) {
    before = form;
    begin(Optional.of(formed));
  }

  /** The generation that was formed last was told to nobody. */
  void disband() {
    begin(before);
  }

  private void begin(Optional<Form> its) {
    form = its;
    heard.clear();
    reports.clear();
    lastCommit = Optional.empty();
    lastToReport = Optional.empty();
  }

  /** The generation; empty before the first. */
  Optional<Form> form() {
    return form;
  }

  /** Number of the generation; 0 before the first. */
  long generation() {
    return form.map(Form::generation).orElse(0L);
  }

  /** In the order of ranks. */
  List<MemberId> members() {
    return form.map(Form::members).orElse(List.of());
  }

  boolean isEmpty() {
    return members().isEmpty();
  }

  boolean contains(MemberId member) {
    return members().contains(member);
  }

  /** Whether a member writes the generation's checkpoints. */
  boolean isWriter(MemberId member) {
    return members().indexOf(member) == 0;
  }

  /** Number of members, at least 1. */
  int worldSize() {
    return Math.max(1, members().size());
  }

  /** Whether the generation has committed a step. */
  boolean hasCommitted() {
    return lastCommit.isPresent();
  }

  /** A member has said something: it knows of the generation. */
  void heard(MemberId member) {
    heard.add(member);
  }

  /** The commit that a report is answered with, where its step is decided. */
  Optional<Commit> decided(long step) {
    return lastCommit.filter(commit -> commit.plan().step() == step);
  }

  /** Takes a report of the step under way; whether all have reported now. */
  boolean report(Reduced reduced) {
    reports.put(reduced.member(), reduced.facts());
    return reports.size() == members().size();
  }

  /** A member whose gradient is not that of the first one. */
  Optional<MemberId> dissenter() {
    long digest = reports.get(members().get(0)).digest();
    return members().stream().filter(member -> reports.get(member).digest() != digest).findFirst();
  }

  /** What all together report. */
  StepFacts merged() {
    double commitWait =
        lastToReport.map(member -> reports.get(member).commitWait()).orElse(Double.NaN);
    return StepReports.merge(members(), reports, commitWait);
  }

  /** The step under way is committed, as this member was the last to report it. */
  List<Send> commit(Commit commit, MemberId last) {
    reports.clear();
    lastToReport = Optional.of(last);
    lastCommit = Optional.of(commit);
    return members().stream().map(member -> new Send(member, commit)).toList();
  }

  /** Tells those of the generation that may not know of it. */
  List<Send> formAgain() {
    return members().stream()
        .filter(member -> !heard.contains(member))
        .map(member -> new Send(member, form.orElseThrow()))
        .toList();
  }
}
