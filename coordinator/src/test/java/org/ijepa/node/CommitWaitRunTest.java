package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.ijepa.coordinator.RunListener;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.StepMetrics;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommitWaitRunTest {
  private static final Duration SLOW = Duration.ofMillis(120);

  @TempDir Path temp;

  /** A coordinator that takes its time between a step's decision and its commit, for one step. */
  private static final class Slow implements RunListener {
    private final List<Long> generations = Collections.synchronizedList(new ArrayList<>());
    private final List<Long> reduced = Collections.synchronizedList(new ArrayList<>());
    private final List<String> names = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void committed(StepMetrics metrics) {
      if (metrics.step() == 6) {
        long began = System.nanoTime();
        while (System.nanoTime() - began < SLOW.toNanos()) {
          LockSupport.parkNanos(SLOW.toNanos());
        }
      }
    }

    @Override
    public void named(String node) {
      names.add(node);
    }

    @Override
    public void reduced(long generation, long step) {
      generations.add(generation);
      reduced.add(step);
    }

    @Override
    public void noted(String text) {}
  }

  @Test
  void shouldMeasureHowLongGradientsWaitForTheirCommit() throws Exception {
    Path images = SmallRun.images(temp.resolve("images"));
    Path out = temp.resolve("run");
    Slow slow = new Slow();
    SmallRun.run(SmallRun.settings(images, "cluster.trainers=2"), out, StepProbe.NONE, slow);
    List<StepMetrics> steps = MetricsLog.read(out.resolve("metrics.jsonl"));

    // The first of a generation has none before it; each says what the one before waited.
    assertThat(steps.get(0).commitWaitSeconds()).isNaN();
    assertThat(steps.subList(1, steps.size())).allMatch(step -> step.commitWaitSeconds() > 0);
    assertThat(steps.get(7).commitWaitSeconds())
        .isGreaterThan(TimeUnit.NANOSECONDS.toMillis(SLOW.toNanos()) / 1e3);
    // What the log's lines say of a run of one node.
    assertThat(slow.names).isEmpty();
    assertThat(slow.generations).containsOnly(1L);
    assertThat(slow.reduced).containsAll(LongStream.range(0, steps.size()).boxed().toList());
  }
}
