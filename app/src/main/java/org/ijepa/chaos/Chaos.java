package org.ijepa.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.ijepa.chaos.FaultPlan.Next;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.local.LocalNodes;
import org.ijepa.local.LocalNodes.LocalNode;
import org.ijepa.local.Partition;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;

/**
 * Does faults to the nodes of a run on this machine, one when the cluster has recovered from the
 * last, and takes the time of each recovery from the run's metrics.
 */
public final class Chaos {
  private static final Duration POLL = Duration.ofMillis(50);

  /** Longer than suspicion and removal take. */
  private static final Duration GONE = Duration.ofSeconds(14);

  /** A checkpoint fails within it where they are not rare. */
  private static final Duration FULL = Duration.ofSeconds(8);

  private static final int SLOW_TURNS = 5;
  private static final Duration SLOW_STOPPED = Duration.ofMillis(1500);
  private static final Duration SLOW_RUNNING = Duration.ofMillis(500);

  private final Path run;
  private final Duration every;
  private final Duration patience;
  private final InstantSource clock;
  private final Consumer<String> lines;
  private final FaultPlan plan;
  private final CountDownLatch stop = new CountDownLatch(1);

  /**
   * Nothing is done yet.
   *
   * @param run folder of a run that {@code ijepa cluster --restart} started
   * @param every time between a recovery and the next fault
   * @param patience for a recovery
   * @param clock that the relays between the nodes have, too
   * @throws Failure if the run is none of that kind
   */
  public Chaos(
      Path run,
      List<Fault> faults,
      Duration every,
      long seed,
      Duration patience,
      InstantSource clock,
      Consumer<String> lines)
      throws IOException {
    LocalNodes nodes = LocalNodes.read(run);
    if (!nodes.restarts()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "the nodes of " + run + " are not started again when they are killed",
          "start the run with ijepa cluster --restart");
    }
    if (nodes.nodes().stream().noneMatch(LocalNode::runs)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "no node of " + run + " runs",
          "start the run with ijepa cluster --restart --nodes 3 --out " + run);
    }
    if (faults.contains(Fault.PARTITION) && !nodes.relays()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "nothing stands between the nodes of " + run + " that could cut some off",
          "start the run with ijepa cluster --restart --relays, or leave out partition");
    }
    if ((faults.contains(Fault.PARTITION) || faults.contains(Fault.KILL_MINORITY))
        && FaultPlan.minority(nodes.voters().size(), 0).isEmpty()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "of the " + nodes.voters().size() + " nodes of " + run + " none is a minority",
          "start the run with --nodes 3 or more, or leave out partition and kill-minority");
    }
    this.run = run;
    this.every = every;
    this.patience = patience;
    this.clock = clock;
    this.lines = lines;
    plan = new FaultPlan(faults, nodes.voters().size(), seed);
  }

  /** No fault any more; {@link #run} returns soon. */
  public void requestStop() {
    stop.countDown();
  }

  /** Does so many faults, or fewer if the run ends before, or does not recover. */
  public List<Recovery> run(int count) throws IOException, InterruptedException {
    List<Recovery> recoveries = new ArrayList<>();
    while (recoveries.size() < count && !pause(every) && isRunning()) {
      Optional<Recovery> recovery = recover(plan.next());
      recovery.ifPresent(recoveries::add);
      if (recovery.isEmpty() || !recovery.get().isWhole()) {
        break;
      }
    }
    return recoveries;
  }

  /** Waits; true if there is to be no fault any more. */
  private boolean pause(Duration time) throws InterruptedException {
    return stop.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private boolean isRunning() throws IOException {
    return LocalNodes.read(run).nodes().stream().anyMatch(LocalNode::runs);
  }

  /** All nodes, once each of them runs; empty where one stays away, or there is no more to do. */
  private Optional<LocalNodes> complete() throws IOException, InterruptedException {
    long began = System.nanoTime();
    LocalNodes nodes = LocalNodes.read(run);
    while (!nodes.nodes().stream().allMatch(LocalNode::runs)) {
      if (seconds(began) > patience.toSeconds()) {
        nodes.nodes().stream()
            .filter(node -> !node.runs())
            .forEach(node -> lines.accept(node.name() + " has ended and is not started again"));
        return Optional.empty();
      }
      if (pause(POLL) || !isRunning()) {
        return Optional.empty();
      }
      nodes = LocalNodes.read(run);
    }
    return Optional.of(nodes);
  }

  private Optional<StepMetrics> last() throws IOException {
    Path metrics = RunFolder.metrics(run);
    return Files.exists(metrics) ? MetricsLog.last(metrics) : Optional.empty();
  }

  /** One fault; empty where the run ended meanwhile, by itself, or none is wanted any more. */
  private Optional<Recovery> recover(Next next) throws IOException, InterruptedException {
    // What stays away may take a while: the run is looked at afterwards.
    Optional<LocalNodes> complete = complete();
    Optional<StepMetrics> before = last();
    if (before.isEmpty()) {
      throw new Failure(
          ExitCode.WRONG_USAGE, run + " has no committed step yet", "wait until it trains");
    }
    if (complete.isEmpty()) {
      return isRunning() && stop.getCount() > 0
          ? Optional.of(
              new Recovery(
                  next.fault(), "none", before.get().step() + 1, Double.NaN, Double.NaN, false))
          : Optional.empty();
    }
    LocalNodes nodes = complete.get();
    LocalNode victim = nodes.voters().get(next.node());
    long began = System.nanoTime();
    Thread harm = new Thread(() -> harm(next, nodes), "harm");
    harm.start();
    double seconds = Double.NaN;
    double whole = Double.NaN;
    long newest = before.get().generation();
    long settled = before.get().step();
    while (Double.isNaN(whole) && seconds(began) < patience.toSeconds()) {
      Thread.sleep(POLL.toMillis());
      StepMetrics now = last().orElse(before.get());
      if (now.generation() > newest) {
        // A generation begins by writing down what the one before it had summed.
        newest = now.generation();
        settled = now.step();
      }
      boolean again = newest > before.get().generation() && now.step() > settled;
      // Such a fault ends no generation.
      boolean undisturbed = next.fault().costsNoNode() && now.step() >= before.get().step() + 2;
      if (Double.isNaN(seconds) && (again || undisturbed)) {
        seconds = seconds(began);
      }
      boolean all = now.worldSize() >= before.get().worldSize();
      if ((again || undisturbed) && all && !harm.isAlive()) {
        whole = seconds(began);
      } else if (!isRunning() && next.fault() != Fault.KILL_ALL) {
        harm.join();
        return Optional.empty();
      }
    }
    harm.join();
    String met =
        switch (next.fault()) {
          case KILL_ALL, DISK_FULL -> "all";
          case PARTITION, KILL_MINORITY ->
              minority(nodes, next.node()).stream()
                  .map(LocalNode::name)
                  .collect(Collectors.joining("+"));
          case KILL, LEAVE, STOP, SLOW -> victim.name();
        };
    // A node that was removed ends; another process takes its place.
    boolean replaced = !pids(LocalNodes.read(run)).equals(pids(nodes));
    Recovery recovery =
        new Recovery(
            next.fault(),
            met,
            before.get().step() + 1,
            seconds,
            whole,
            next.fault().costsNoNode() && replaced);
    lines.accept(line(recovery));
    return Optional.of(recovery);
  }

  private static List<Long> pids(LocalNodes nodes) {
    return nodes.voters().stream().map(LocalNode::pid).toList();
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) * 1e-9;
  }

  private static String line(Recovery recovery) {
    return String.format(
        Locale.ROOT,
        "%s %s after step %d: training again after %.1f s, whole again after %.1f s%s",
        recovery.fault().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        recovery.node(),
        recovery.step(),
        recovery.seconds(),
        recovery.whole(),
        recovery.costANode() ? "; IT COST A NODE" : "");
  }

  private static List<LocalNode> minority(LocalNodes all, int first) {
    List<LocalNode> voters = all.voters();
    return FaultPlan.minority(voters.size(), first).stream().map(voters::get).toList();
  }

  private void harm(Next next, LocalNodes all) {
    LocalNode victim = all.voters().get(next.node());
    try {
      switch (next.fault()) {
        case KILL -> kill(List.of(victim));
        case KILL_ALL -> kill(all.nodes());
        case KILL_MINORITY -> kill(minority(all, next.node()));
        case LEAVE -> Signals.send("TERM", victim.pid());
        case STOP -> hold(victim, GONE);
        case PARTITION -> {
          Set<String> hosts =
              minority(all, next.node()).stream().map(LocalNode::host).collect(Collectors.toSet());
          new Partition(hosts, clock.millis() + GONE.toMillis()).write(run);
          Thread.sleep(GONE.toMillis());
        }
        case DISK_FULL -> {
          try {
            limitFiles("0", all);
            Thread.sleep(FULL.toMillis());
          } finally {
            limitFiles("unlimited", all);
          }
        }
        case SLOW -> {
          for (int turn = 0; turn < SLOW_TURNS; turn++) {
            hold(victim, SLOW_STOPPED);
            Thread.sleep(SLOW_RUNNING.toMillis());
          }
        }
      }
    } catch (IOException e) {
      lines.accept("the fault failed: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void kill(List<LocalNode> nodes) throws IOException, InterruptedException {
    for (LocalNode node : nodes) {
      Signals.send("KILL", node.pid());
    }
  }

  private static void limitFiles(String bytes, LocalNodes all)
      throws IOException, InterruptedException {
    for (LocalNode node : all.nodes()) {
      Signals.limitFiles(bytes, node.pid());
    }
  }

  private static void hold(LocalNode victim, Duration time)
      throws IOException, InterruptedException {
    Signals.send("STOP", victim.pid());
    try {
      Thread.sleep(time.toMillis());
    } finally {
      Signals.send("CONT", victim.pid());
    }
  }
}
