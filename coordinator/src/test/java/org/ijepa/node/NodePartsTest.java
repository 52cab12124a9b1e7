package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.ijepa.coordinator.NodePart;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodePartsTest {
  @TempDir Path temp;

  /** Counts moves; the coordinator, whose thread tells of a commit, stands still at a step. */
  private static final class Counting implements RunListener {
    private final Map<NodePart, Integer> moves = new EnumMap<>(NodePart.class);
    private final CountDownLatch stands = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    @Override
    public synchronized void moved(NodePart part, String name) {
      moves.merge(part, 1, Integer::sum);
    }

    synchronized int moves(NodePart part) {
      return moves.getOrDefault(part, 0);
    }

    @Override
    public void committed(StepMetrics metrics) {
      if (metrics.step() == 3) {
        stands.countDown();
        try {
          go.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public void noted(String text) {}
  }

  @Test
  void shouldHearThatEachPartMovesAndNoMoreOfACoordinatorThatStandsStill() throws Exception {
    Settings settings = SmallRun.settings(SmallRun.images(temp.resolve("images")));
    Counting counting = new Counting();
    CompletableFuture<RunOutcome> outcome =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return SmallRun.run(settings, temp.resolve("run"), StepProbe.NONE, counting);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    try {
      assertThat(counting.stands.await(60, TimeUnit.SECONDS)).isTrue();
      // A last answer may be on its way.
      awaitMoves(counting, NodePart.NODE, 2);
      int before = counting.moves(NodePart.COORDINATOR);
      awaitMoves(counting, NodePart.NODE, 4);
      awaitMoves(counting, NodePart.TRAINER, 2);
      assertThat(counting.moves(NodePart.COORDINATOR)).isEqualTo(before).isPositive();
    } finally {
      counting.go.countDown();
    }
    assertThat(outcome.get(60, TimeUnit.SECONDS).exitCode()).isEqualTo(ExitCode.DONE);
  }

  private static void awaitMoves(Counting counting, NodePart part, int more) {
    int before = counting.moves(part);
    await().atMost(Duration.ofSeconds(60)).until(() -> counting.moves(part) >= before + more);
  }
}
