package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.trainer.Trainer.Stored;

/**
 * Checkpoints whose tensors are stored, and which wait for the ledger: a coordinator that is new
 * hears of them before it knows their steps. One whose steps a later generation did not go on from
 * is void, however late it is heard of: the ledger may have other steps in their place by then.
 */
final class StoredTensors {
  private final List<Stored> waiting = new ArrayList<>();

  /** Step that a generation began with, by its number. */
  private final NavigableMap<Long, Long> begun = new TreeMap<>();

  void add(Stored stored) {
    waiting.add(stored);
  }

  /** A generation goes on from this step. */
  void began(long generation, long nextStep) {
    // What one before it says of later steps this one says as well.
    begun.headMap(generation, false).values().removeIf(step -> step >= nextStep);
    begun.put(generation, nextStep);
  }

  /** Takes out the names of those that are void. */
  List<CheckpointName> takeVoid() {
    List<CheckpointName> names = waiting.stream().map(Stored::name).filter(this::isVoid).toList();
    waiting.removeIf(stored -> isVoid(stored.name()));
    return names;
  }

  private boolean isVoid(CheckpointName name) {
    return begun.tailMap(name.generation(), false).values().stream()
        .anyMatch(step -> step < name.step());
  }

  /** Takes out those that a ledger of so many steps has come up to. */
  List<Stored> takeUpTo(long steps) {
    List<Stored> due = waiting.stream().filter(stored -> stored.name().step() <= steps).toList();
    waiting.removeAll(due);
    return due;
  }
}
