package org.ijepa.plan;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.ijepa.random.RandomKey;
import org.ijepa.settings.MachineSettings;

/** What a workload will take on a number of nodes. */
public final class Plan {
  /** Steps that are simulated micro-batch by micro-batch. */
  private static final int STEPS = 300;

  private static final double GRID = 1.25;
  private static final double GRID_SPAN = 12;

  /** Intervals that cost no more than this above the best one are as good. */
  private static final double AS_GOOD = 0.001;

  /** Runs for the search of an interval: so many that this many rollbacks are met, or nearly. */
  private static final double ENOUGH_ROLLBACKS = 500;

  private static final double LEAST_ROLLBACKS = 40;
  private static final double MOST_RUNS = 2000;

  /** Share of a step that trainers may wait for input without its being called the bottleneck. */
  private static final double WORTH_NAMING = 0.05;

  private static final double LOW = 0.05;
  private static final double HIGH = 0.95;
  private static final double HOUR = 3600;

  /**
   * Over all simulated runs.
   *
   * @param mean seconds of a run
   * @param low 5 % of the runs took less
   * @param high 5 % of the runs took more
   * @param failures of nodes in a run, on average
   * @param outages in a run, on average
   * @param lostShare of the time that went into steps that were lost to a rollback
   * @param idleShare of the time in which nobody trained
   * @param copyShare of the time in which training stood still for a checkpoint
   * @param unfinished runs that got nowhere, for failing before each checkpoint
   */
  public record Duration(
      double mean,
      double low,
      double high,
      double failures,
      double outages,
      double lostShare,
      double idleShare,
      double copyShare,
      int unfinished) {}

  /**
   * How often to write a checkpoint.
   *
   * @param steps between checkpoints that give the shortest runs
   * @param from the fewest steps that are as good within 0.1 %
   * @param to the most that are
   * @param youngSteps by Young's formula
   * @param dalySteps by Daly's formula
   * @param isSimulated whether enough was lost in the simulated runs to tell; else it is Daly's
   */
  public record Interval(
      long steps, long from, long to, double youngSteps, double dalySteps, boolean isSimulated) {}

  private final Workload work;
  private final MachineSettings machine;
  private final int nodes;
  private final long seed;
  private final Map<Integer, StepProfile> profiles = new ConcurrentHashMap<>();

  /**
   * A plan.
   *
   * @param seed of all that is random in it
   */
  public Plan(Workload work, MachineSettings machine, int nodes, long seed) {
    this.work = work;
    this.machine = machine;
    this.nodes = nodes;
    this.seed = seed;
  }

  /** Trainers in all. */
  public int devices() {
    return nodes * machine.devices();
  }

  public Workload work() {
    return work;
  }

  /** A step with all nodes. */
  StepProfile profile() {
    return profile(nodes);
  }

  /** Mean seconds of a step with all nodes. */
  public double stepSeconds() {
    return profile().mean();
  }

  public double imagesPerSecond() {
    return work.globalBatch() / profile().mean();
  }

  /** The parts of a step with their seconds, in the order of their size. */
  public Map<String, Double> parts() {
    StepProfile p = profile();
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("computing", p.compute());
    parts.put("more micro-batches on some trainers", p.uneven());
    parts.put("waiting for input", p.input());
    parts.put("waiting for the slowest trainer", p.stragglers());
    parts.put("summing gradients", p.allReduce());
    parts.put("optimizer, EMA and commit", p.update());
    Map<String, Double> sorted = new LinkedHashMap<>();
    parts.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .forEach(part -> sorted.put(part.getKey(), part.getValue()));
    return sorted;
  }

  /** What limits the input, and how many images a second it gives to all trainers. */
  public Map.Entry<String, Double> supply() {
    Costs costs = new Costs(work, machine);
    Costs.Supply scarcest = costs.scarcest(nodes);
    return Map.entry(scarcest.words(), costs.supplies(nodes).get(scarcest) * devices());
  }

  /**
   * What limits the run, in words: faster computing is of no use to trainers that wait for input.
   */
  public String bottleneck() {
    return profile().input() > WORTH_NAMING * profile().mean()
        ? "input: " + supply().getKey()
        : parts().keySet().iterator().next();
  }

  private StepProfile profile(int alive) {
    return profiles.computeIfAbsent(
        alive, count -> StepSimulation.run(work, machine, count, seed, STEPS));
  }

  /** Runs with the workload's own checkpoints. */
  public Duration duration(int runs) {
    return duration(work, runs);
  }

  private Duration duration(Workload with, int runs) {
    double[] seconds = new double[runs];
    double failures = 0;
    double outages = 0;
    double lost = 0;
    double idle = 0;
    double copying = 0;
    int unfinished = 0;
    for (int run = 0; run < runs; run++) {
      RandomKey key = RandomKey.of(seed, "plan run").with(run);
      RunSimulation.Outcome outcome =
          new RunSimulation(with, machine, nodes, this::profile, key).run();
      seconds[run] = outcome.seconds();
      failures += outcome.failures();
      outages += outcome.outages();
      lost += outcome.lostSteps() * profile().mean();
      idle += outcome.idleSeconds();
      copying += outcome.copySeconds();
      unfinished += outcome.isFinished() ? 0 : 1;
    }
    Arrays.sort(seconds);
    double all = Arrays.stream(seconds).sum();
    return new Duration(
        all / runs,
        seconds[(int) (LOW * (runs - 1))],
        seconds[(int) Math.ceil(HIGH * (runs - 1))],
        failures / runs,
        outages / runs,
        lost / all,
        idle / all,
        copying / all,
        unfinished);
  }

  /** Seconds between failures that lose what is not in a checkpoint. */
  double mtbfOfState() {
    return CheckpointDistance.mtbf(machine.failures(), nodes);
  }

  /**
   * The best distance of checkpoints, found by simulating runs of the same failures with many.
   *
   * @param runs of each, more where failures are rare
   */
  public Interval interval(int runs) {
    double step = profile().mean();
    double cost = new Costs(work, machine).copy();
    double daly = CheckpointInterval.daly(cost, mtbfOfState()) / step;
    double young = CheckpointInterval.young(cost, mtbfOfState()) / step;
    double rollbacks = work.steps() * step / mtbfOfState();
    int enough = (int) Math.max(runs, Math.min(MOST_RUNS, ENOUGH_ROLLBACKS / rollbacks));
    if (enough * rollbacks < LEAST_ROLLBACKS) {
      long steps = Math.max(1, Math.min(work.steps(), Math.round(daly)));
      return new Interval(steps, steps, steps, young, daly, false);
    }
    Map<Long, Double> means = new TreeMap<>();
    double least = Math.max(1, daly / GRID_SPAN);
    double most = Math.min((double) work.steps(), daly * GRID_SPAN);
    for (double steps = least; steps <= most * GRID; steps *= GRID) {
      long every = Math.max(1, Math.min(work.steps(), Math.round(steps)));
      means.computeIfAbsent(every, e -> duration(work.withCheckpointEvery(e), enough).mean());
    }
    Map.Entry<Long, Double> best =
        means.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow();
    List<Long> good =
        means.keySet().stream()
            .filter(every -> means.get(every) <= best.getValue() * (1 + AS_GOOD))
            .toList();
    return new Interval(best.getKey(), good.get(0), good.get(good.size() - 1), young, daly, true);
  }

  /** Price of a run of so many seconds, in the machines' currency. */
  public double price(double seconds) {
    MachineSettings.Price price = machine.price();
    double requests = (double) work.steps() * work.globalBatch();
    return nodes * seconds / HOUR * price.nodeHour() + requests / 1e6 * price.millionRequests();
  }
}
