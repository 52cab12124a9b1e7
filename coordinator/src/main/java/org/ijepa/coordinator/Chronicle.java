package org.ijepa.coordinator;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEffect.Decided;
import org.ijepa.coordinator.CoordinatorEffect.RewoundTo;
import org.ijepa.coordinator.CoordinatorEffect.TakeLedger;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;

/**
 * What is written of a run, as its coordinator knows it: which checkpoints count, and how far the
 * ledger goes. What is to be written next goes out as effects.
 */
final class Chronicle {
  private final StepPlanner planner;
  private final List<CoordinatorEffect> effects;
  private final NavigableSet<CheckpointName> checkpoints;
  private final Set<CheckpointName> damaged = new HashSet<>();

  /** Checkpoints whose writers were heard. */
  private final Set<CheckpointName> heard = new HashSet<>();

  private final Remembered sinceStored;

  /** Steps that the checkpoint has which counts. */
  private long durable;

  /** Step whose entry the ledger gets next. */
  private long ledgerNext;

  /** Generation of the checkpoint that the ledger was last taken from. */
  private long taken;

  /**
   * What is stored when a coordinator begins.
   *
   * @param checkpoints complete ones; the ledger is that of the newest
   * @param messageBytes most bytes of a message between nodes
   * @param effects list that is added to
   */
  Chronicle(
      StepPlanner planner,
      List<CheckpointName> checkpoints,
      long messageBytes,
      List<CoordinatorEffect> effects) {
    this.planner = planner;
    sinceStored = new Remembered(messageBytes);
    this.effects = effects;
    this.checkpoints = new TreeSet<>(checkpoints);
    newest()
        .ifPresent(
            name -> {
              durable = name.step();
              ledgerNext = name.step();
              taken = name.generation();
            });
  }

  /** The complete checkpoint that counts. */
  Optional<CheckpointName> newest() {
    return checkpoints.isEmpty() ? Optional.empty() : Optional.of(checkpoints.last());
  }

  /** Number of steps that stand in the checkpoint which counts. */
  long durable() {
    return durable;
  }

  /** A checkpoint is complete. */
  void stored(CheckpointName name) {
    checkpoints.add(name);
    // Not the highest step: one of a run that has gone back since counts no more beside a newer
    // one.
    durable = checkpoints.last().step();
    sinceStored.stored(durable);
  }

  /** What members remember since the last checkpoint. */
  Remembered sinceStored() {
    return sinceStored;
  }

  /** The writer of a checkpoint is heard; false if it was before. */
  boolean heard(CheckpointName name) {
    return heard.add(name);
  }

  /** Whether a checkpoint would not count beside those that are complete. */
  boolean isOld(CheckpointName name) {
    return !checkpoints.isEmpty() && checkpoints.last().compareTo(name) >= 0;
  }

  /** Whether the ledger has all steps of a checkpoint. */
  boolean covers(CheckpointName name) {
    return ledgerNext >= name.step();
  }

  /** These are in the store; those that turned out to be damaged count no more. */
  void found(Collection<CheckpointName> names) {
    names.stream().filter(name -> !damaged.contains(name)).forEach(this::stored);
  }

  /** A checkpoint is damaged. */
  void setAside(CheckpointName name) {
    damaged.add(name);
    checkpoints.remove(name);
    durable = Math.min(durable, newest().map(CheckpointName::step).orElse(0L));
  }

  /** The ledger has so many steps, and is taken from no checkpoint that is known. */
  void hasOnly(long steps) {
    ledgerNext = steps;
    taken = 0;
  }

  /** Whether a checkpoint was set aside, so that one that is lacked may not come to light. */
  boolean hasDamaged() {
    return !damaged.isEmpty();
  }

  /** Whether there are checkpoints, and none can be used. */
  boolean hasOnlyDamaged() {
    return checkpoints.isEmpty() && !damaged.isEmpty();
  }

  Set<CheckpointName> damaged() {
    return Set.copyOf(damaged);
  }

  /** Whether a generation newer than that of the voters has stored a checkpoint. */
  boolean outranks(long voters) {
    return !checkpoints.isEmpty() && checkpoints.last().generation() > voters;
  }

  /** A step is decided: it gets its entry. */
  StepPlan decide(StepFacts facts, long generation, int worldSize) {
    return decide(facts, generation, worldSize, false);
  }

  private StepPlan decide(StepFacts facts, long generation, int worldSize, boolean remembered) {
    StepPlan plan = planner.plan(facts);
    effects.add(new Decided(facts, plan, generation, worldSize, remembered));
    sinceStored.decided(facts);
    ledgerNext = facts.step() + 1;
    return plan;
  }

  /**
   * The run goes on from the newest checkpoint, or from its beginning.
   *
   * @param formed newest generation that this coordinator formed
   * @return the step that comes next
   */
  long goBack(long formed) {
    long step = newest().map(CheckpointName::step).orElse(0L);
    if (ledgerNext < step || outranks(Math.max(formed, taken))) {
      take(checkpoints.last());
    } else {
      effects.add(new RewoundTo(step));
    }
    ledgerNext = step;
    durable = step;
    sinceStored.forgetFrom(step);
    return step;
  }

  private void take(CheckpointName name) {
    effects.add(new TakeLedger(name));
    taken = name.generation();
    ledgerNext = name.step();
  }

  /**
   * Whether a checkpoint is missing here that the voters know to be complete: one that became so
   * after the store was asked, by a coordinator that was replaced and did not know it yet, or one
   * that turned out to be damaged.
   */
  boolean lacks(Settlement settlement) {
    long first = first(settlement);
    return first > ledgerNext && checkpointAt(first, settlement.nextStep()).isEmpty();
  }

  /** First step that voters remember; the next one if they remember none. */
  private static long first(Settlement settlement) {
    return settlement.history().isEmpty()
        ? settlement.nextStep()
        : settlement.history().get(0).step();
  }

  private Optional<CheckpointName> checkpointAt(long first, long next) {
    return checkpoints.descendingSet().stream()
        .filter(name -> name.step() >= first && name.step() <= next)
        .findFirst();
  }

  /**
   * Writes down what was decided, or is decided by this settlement, and not written yet.
   *
   * @param formed newest generation that this coordinator formed
   */
  void catchUp(Settlement settlement, long formed, long generation, int worldSize) {
    long next = settlement.nextStep();
    long first = first(settlement);
    if (settlement.newest() != formed && ledgerNext > first) {
      // Somebody else led the members meanwhile: what they know replaces what this one wrote.
      effects.add(new RewoundTo(first));
      ledgerNext = first;
    }
    if (first > ledgerNext) {
      checkpointAt(first, next).ifPresent(this::take);
    }
    for (StepFacts facts : settlement.history()) {
      if (facts.step() == ledgerNext && facts.step() < next) {
        decide(facts, generation, worldSize, true);
      }
    }
    if (ledgerNext != next) {
      throw new Settlement.Contradiction(
          "the ledger ends at step " + ledgerNext + ", the members are at " + next);
    }
  }
}
