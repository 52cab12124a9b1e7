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

  /** Steps that some complete checkpoint has. */
  private long durable;

  /** Step whose entry the ledger gets next. */
  private long ledgerNext;

  /** Generation of the checkpoint that the ledger was last taken from. */
  private long taken;

  /**
   * What is stored when a coordinator begins.
   *
   * @param checkpoints complete ones; the ledger is that of the newest
   * @param effects list that is added to
   */
  Chronicle(
      StepPlanner planner, List<CheckpointName> checkpoints, List<CoordinatorEffect> effects) {
    this.planner = planner;
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

  /** Number of steps that stand in a complete checkpoint. */
  long durable() {
    return durable;
  }

  /** A checkpoint is complete. */
  void stored(CheckpointName name) {
    checkpoints.add(name);
    durable = Math.max(durable, name.step());
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

  /**
   * Whether the ledger of a checkpoint that is damaged is what is missing between this one and what
   * members remember: then what they remember is lost.
   */
  boolean lacks(Settlement settlement) {
    return !damaged.isEmpty()
        && first(settlement) > ledgerNext
        && newestWithin(first(settlement), settlement.nextStep()).isEmpty();
  }

  /** The first step that members remember. */
  private static long first(Settlement settlement) {
    return settlement.history().isEmpty()
        ? settlement.nextStep()
        : settlement.history().get(0).step();
  }

  private Optional<CheckpointName> newestWithin(long first, long last) {
    return checkpoints.descendingSet().stream()
        .filter(name -> name.step() >= first && name.step() <= last)
        .findFirst();
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
    return step;
  }

  private void take(CheckpointName name) {
    effects.add(new TakeLedger(name));
    taken = name.generation();
    ledgerNext = name.step();
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
      newestWithin(first, next).ifPresent(this::take);
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
