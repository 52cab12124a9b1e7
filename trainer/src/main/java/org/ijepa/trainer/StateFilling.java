package org.ijepa.trainer;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.replica.Replica;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;

/**
 * Fills a root's replica with what its form says, first values or a checkpoint's, on a thread of
 * its own, as that may take longer than a collective waits. What was filled is known as long as
 * nobody changes it, for a later form that says the same. For one thread.
 */
final class StateFilling {
  private final WatchedThread aside;
  private final TrainerParts parts;
  private final Replica replica;
  private Optional<Filled> filled = Optional.empty();

  /** The state as it is after a form's origin, now or soon. */
  private record Filled(Origin origin, String load, Future<?> done) {
    boolean isOf(Form form) {
      return origin == form.origin() && load.equals(form.load());
    }
  }

  /** Fills nothing yet; {@code aside} does. */
  StateFilling(WatchedThread aside, TrainerParts parts, Replica replica) {
    this.aside = aside;
    this.parts = parts;
    this.replica = replica;
  }

  /** The filling that a form of another origin than memory asks for, under way or done. */
  Future<?> of(Form form) {
    if (filled.filter(known -> known.isOf(form)).isEmpty()) {
      end();
      Future<?> done =
          aside.submit(
              () -> {
                fill(form);
                return null;
              });
      filled = Optional.of(new Filled(form.origin(), form.load(), done));
    }
    return filled.orElseThrow().done();
  }

  private void fill(Form form) throws IOException {
    if (form.origin() == Origin.INITIAL) {
      Runnable moved = () -> aside.pulse().asksStore("taking its first values");
      moved.run();
      parts.start().fill(replica, moved);
    } else {
      CheckpointName name = CheckpointName.parse(form.load()).orElseThrow();
      Runnable moved = () -> aside.pulse().asksStore("loading " + name);
      moved.run();
      parts.checkpoints().readTensors(name, parts.geometry(), replica.state(), moved);
    }
  }

  /**
   * The state is about to be another one: no longer what it was filled with, and once this returns
   * nobody fills it.
   */
  void end() {
    Optional<Filled> ending = filled;
    filled = Optional.empty();
    try {
      if (ending.isPresent()) {
        ending.get().done().get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      // Of what nobody wants any more.
      return;
    }
  }
}
