package org.ijepa.coordinator;

import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.TimerScheduler;
import java.util.Optional;
import java.util.function.Supplier;
import org.ijepa.coordinator.Coordinator.Command;
import org.ijepa.coordinator.Coordinator.LifeShown;
import org.ijepa.coordinator.Coordinator.ShowLife;
import org.ijepa.failure.ExitCode;

/**
 * Shows again and again that a run is led from here, and looks whether it is led from elsewhere,
 * too. Part of the coordinator's actor.
 */
final class LifeSigns {
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final StoreWork store;
  private final Supplier<String> session;
  private final String leader;
  private long count;

  /**
   * No sign is given yet.
   *
   * @param session the same for all coordinators of one cluster
   * @param leader address of this node
   */
  LifeSigns(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      StoreWork store,
      Supplier<String> session,
      String leader) {
    this.context = context;
    this.timers = timers;
    this.store = store;
    this.session = session;
    this.leader = leader;
  }

  /** Gives one; {@link LifeShown} follows. */
  void show(long generation) {
    SignOfLife sign = new SignOfLife(session.get(), leader, generation, count++);
    context.pipeToSelf(
        store.showLife(sign),
        (rival, failure) ->
            failure == null
                ? new LifeShown(rival, Optional.empty())
                : new LifeShown(Optional.empty(), Optional.of(failure)));
  }

  /** One was given, or could not be: the next follows, unless the run is led from elsewhere. */
  void shown(LifeShown shown) {
    shown
        .failure()
        .ifPresent(
            failure ->
                context.getLog().warn("no sign of life could be written: {}", failure.toString()));
    if (shown.rival().isEmpty()) {
      timers.startSingleTimer(ShowLife.INSTANCE, SignOfLife.EVERY);
    }
  }

  /** Whether it is this node's own cluster that is led from elsewhere, without this node. */
  boolean isOfThisCluster(SignOfLife rival) {
    return rival.session().equals(session.get());
  }

  /** How a run ends that another cluster goes on with. */
  static RunOutcome outcome(SignOfLife rival, long step) {
    return new RunOutcome(
        ExitCode.INTERRUPTED,
        step,
        "another cluster, led by "
            + rival.leader()
            + ", goes on with this run (generation "
            + rival.generation()
            + "): this one stops; nodes of one run need the same cluster.seed-nodes, other runs"
            + " another --out or checkpoint.uri");
  }
}
