package org.ijepa.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ijepa.random.RandomKey;
import org.ijepa.settings.MachineSettings;
import org.junit.jupiter.api.Test;

/** The simulation where the answer is known. */
final class PlanTest {
  private static final double HOUR = 3600;

  /** Computes 8 micro-batches of 1 s a step; everything else is free. */
  private static final List<String> PLAIN =
      List.of(
          "machine.compute.micro-batch=1",
          "machine.compute.spread=0",
          "machine.compute.memory-bandwidth=1e30",
          "machine.compute.commit=0",
          "machine.network.bandwidth=1e30",
          "machine.network.device-bandwidth=1e30",
          "machine.network.latency=0",
          "machine.network.device-latency=0",
          "machine.input.spread=0",
          "machine.input.decode-rate=1e9",
          "machine.input.request-latency=1e-9",
          "machine.input.node-bandwidth=1e30",
          "machine.input.store-bandwidth=1e30",
          "machine.checkpoint.copy-bandwidth=1e30",
          "machine.checkpoint.write-bandwidth=1e30",
          "machine.failures.node-mtbf=100000000 days",
          "machine.failures.outage-mtbf=100000000 days");

  private static final Workload WORK =
      new Workload(1000, 64, 8, 1e9, 1e6, 9e5, 4, 4, 16, 100, false);

  private static MachineSettings machine(String... sets) {
    List<String> all = new ArrayList<>(PLAIN);
    all.addAll(Arrays.asList(sets));
    return MachineSettings.load(Optional.empty(), all);
  }

  private static StepProfile step(int nodes, String... sets) {
    return StepSimulation.run(WORK, machine(sets), nodes, 1, 100);
  }

  @Test
  void shouldTakeTheSumOfItsPartsWhereNothingVaries() {
    String copy = "machine.checkpoint.copy-bandwidth=" + WORK.stateBytes() / 3;
    Plan plan = new Plan(WORK, machine(copy), 1, 1);
    Plan.Duration time = plan.duration(5);
    // A copy of 3 s after each 100 steps, the last ones included.
    assertThat(time.mean()).isCloseTo(8 * 1000 + 3 * 10, within(1e-6));
    assertThat(time.low()).isCloseTo(time.high(), within(1e-6));
    assertThat(time.copyShare()).isCloseTo(30 / 8030.0, within(1e-9));
    assertThat(plan.bottleneck()).isEqualTo("computing");
  }

  @Test
  void shouldDealMicroBatchesAsEvenlyAsMayBe() {
    assertThat(step(2).mean()).isCloseTo(4, within(1e-6));
    StepProfile three = step(3);
    assertThat(three.mean()).isCloseTo(3, within(1e-6));
    assertThat(three.uneven()).isCloseTo(1 / 3.0, within(1e-6));
    assertThat(step(4, "machine.devices=2").mean()).isCloseTo(1, within(1e-6));
  }

  @Test
  void shouldSumGradientsAsTheRingDoes() {
    double bytes = 4 * WORK.trained();
    assertThat(
            step(4, "machine.network.collective=ring", "machine.network.bandwidth=" + bytes)
                .allReduce())
        .isCloseTo(2 * 3 / 4.0, within(1e-6));
    // Twice the gradient, and the chunk that has to pass all links.
    assertThat(step(4, "machine.network.bandwidth=" + bytes).allReduce())
        .isCloseTo(2 + 6 * 4 * 65536 / bytes, within(1e-6));
    Workload rounded = new Workload(1000, 64, 8, 1e9, 1e6, 9e5, 2, 4, 16, 100, false);
    String[] sets = {"machine.network.bandwidth=" + bytes};
    assertThat(StepSimulation.run(rounded, machine(sets), 4, 1, 100).allReduce())
        .isCloseTo((2 + 6 * 4 * 65536 / bytes) / 2, within(1e-6));
    // What a machine's file says goes before what the run says.
    String[] told = {"machine.network.bandwidth=" + bytes, "machine.network.gradient-bytes=4"};
    assertThat(StepSimulation.run(rounded, machine(told), 4, 1, 100).allReduce())
        .isCloseTo(2 + 6 * 4 * 65536 / bytes, within(1e-6));
    // There and back over three of four links.
    assertThat(
            step(4, "machine.network.collective=ring", "machine.network.latency=0.1").allReduce())
        .isCloseTo(2 * 3 * 0.1, within(1e-6));
    assertThat(step(1, "machine.network.latency=9").allReduce()).isZero();
  }

  @Test
  void shouldWaitForInputThatIsTooSlow() {
    // 4 images a second for micro-batches of 8: 2 s each instead of 1.
    String[] slow = {"machine.input.decode-rate=2", "machine.input.decode-cores=2"};
    StepProfile profile = step(1, slow);
    assertThat(profile.mean()).isCloseTo(16, within(0.01));
    assertThat(profile.input()).isCloseTo(8, within(0.01));
    assertThat(new Plan(WORK, machine(slow), 1, 1).bottleneck()).isEqualTo("input: decoding");
    // A buffer hides that one micro-batch comes later than another, not that all are slow.
    assertThat(step(1, "machine.input.decode-rate=2", "machine.input.decode-cores=8").input())
        .isCloseTo(0, within(0.01));
  }

  @Test
  void shouldWaitForTheSlowestOfManyTrainers() {
    StepProfile two = step(2, "machine.compute.spread=0.2");
    StepProfile eight = step(8, "machine.compute.spread=0.2");
    assertThat(two.stragglers()).isPositive();
    // The greatest of eight lies 1.42 deviations above the mean, for the normal distribution.
    assertThat(eight.stragglers()).isBetween(0.2, 0.4);
    assertThat(step(1, "machine.compute.spread=0.2").stragglers()).isCloseTo(0, within(0.1));
  }

  @Test
  void shouldMeetDalysExpectationOnOneNode() {
    double copySeconds = 60;
    double mtbfSeconds = 5 * HOUR;
    double restartSeconds = 600;
    MachineSettings machine =
        machine(
            "machine.checkpoint.copy-bandwidth=" + WORK.stateBytes() / copySeconds,
            "machine.failures.node-mtbf=5 hours",
            "machine.failures.restart=10 minutes");
    // Segments of 200 steps of 8 s, 20,000 steps.
    Workload work = new Workload(20_000, 64, 8, 1e9, 1e6, 9e5, 4, 4, 16, 200, false);
    Plan.Duration time = new Plan(work, machine, 1, 3).duration(400);
    double expected =
        CheckpointInterval.expected(20_000 * 8.0, 1600, copySeconds, restartSeconds, mtbfSeconds);
    assertThat(time.mean()).isCloseTo(expected, within(expected * 0.02));
    assertThat(time.low()).isLessThan(time.mean());
    assertThat(time.high()).isGreaterThan(time.mean());
    assertThat(time.failures()).isCloseTo(time.mean() / mtbfSeconds, within(1.0));
  }

  @Test
  void shouldFindTheIntervalOfDalysFormula() {
    MachineSettings machine =
        machine(
            "machine.checkpoint.copy-bandwidth=" + WORK.stateBytes() / 60,
            "machine.failures.survivors-go-on=false",
            "machine.failures.node-mtbf=20 hours",
            "machine.failures.restart=10 minutes");
    Workload work = new Workload(20_000, 64, 8, 1e9, 1e6, 9e5, 4, 4, 16, 200, false);
    // Four nodes of which any stops all: a failure every five hours; a step of 2 s.
    Plan.Interval interval = new Plan(work, machine, 4, 3).interval(200);
    double daly = CheckpointInterval.daly(60, 5 * HOUR) / 2;
    assertThat(interval.dalySteps()).isCloseTo(daly, within(1.0));
    assertThat((double) interval.steps()).isBetween(daly / 1.6, daly * 1.6);
    assertThat((double) interval.from()).isLessThanOrEqualTo(daly * 1.25);
    assertThat((double) interval.to()).isGreaterThanOrEqualTo(daly / 1.25);
  }

  @Test
  void shouldLoseNothingToANodeWhereTheOthersGoOn() {
    String[] failing = {
      "machine.failures.node-mtbf=4 hours",
      "machine.failures.regroup=20 seconds",
      "machine.failures.replacement=10 minutes",
      "machine.failures.restart=10 minutes"
    };
    Workload work = new Workload(20_000, 64, 8, 1e9, 1e6, 9e5, 4, 4, 16, 1000, false);
    Plan.Duration kept = new Plan(work, machine(failing), 4, 3).duration(50);
    String[] gang = Arrays.copyOf(failing, failing.length + 1);
    gang[failing.length] = "machine.failures.survivors-go-on=false";
    Plan.Duration started = new Plan(work, machine(gang), 4, 3).duration(50);
    assertThat(kept.failures()).isGreaterThan(5);
    assertThat(kept.mean()).isLessThan(started.mean() * 0.9);
    assertThat(kept.lostShare()).isLessThan(0.02);
    assertThat(started.lostShare()).isGreaterThan(0.1);
  }

  @Test
  void shouldStandStillWhereALostNodeIsWaitedFor() {
    String[] failing = {
      "machine.failures.node-mtbf=10 hours", "machine.failures.replacement=30 minutes"
    };
    Workload waits = new Workload(20_000, 64, 8, 1e9, 1e6, 9e5, 4, 4, 16, 1000, true);
    Workload goesOn = new Workload(20_000, 64, 8, 1e9, 1e6, 9e5, 4, 4, 16, 1000, false);
    Plan.Duration waited = new Plan(waits, machine(failing), 4, 3).duration(50);
    Plan.Duration went = new Plan(goesOn, machine(failing), 4, 3).duration(50);
    assertThat(waited.idleShare()).isGreaterThan(0.1).isGreaterThan(went.idleShare());
    assertThat(waited.mean()).isGreaterThan(went.mean());
  }

  @Test
  void shouldSayTheSameOfTheSameSeed() {
    String[] failing = {"machine.failures.node-mtbf=10 hours", "machine.compute.spread=0.1"};
    Plan.Duration once = new Plan(WORK, machine(failing), 4, 3).duration(20);
    assertThat(new Plan(WORK, machine(failing), 4, 3).duration(20)).isEqualTo(once);
    assertThat(new Plan(WORK, machine(failing), 4, 4).duration(20)).isNotEqualTo(once);
  }

  @Test
  void shouldEndWhereNoCheckpointCanEverBeReached() {
    MachineSettings machine =
        machine("machine.failures.node-mtbf=1 second", "machine.failures.restart=1 hour");
    RunSimulation.Outcome outcome =
        new RunSimulation(
                WORK,
                machine,
                1,
                nodes -> new StepProfile(8, 0, 8, 0, 0, 0, 0, 0),
                RandomKey.of(1, "test"))
            .run();
    assertThat(outcome.isFinished()).isFalse();
  }

  @Test
  void shouldPriceNodesAndRequests() {
    Plan plan =
        new Plan(
            WORK, machine("machine.price.node-hour=10", "machine.price.million-requests=2"), 3, 1);
    assertThat(plan.price(2 * HOUR)).isCloseTo(60 + 64_000 / 1e6 * 2, within(1e-9));
  }
}
