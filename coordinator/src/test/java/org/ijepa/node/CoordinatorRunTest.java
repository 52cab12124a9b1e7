package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.Happening;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a coordinator makes of what it is told, in orders that whole runs meet too rarely. */
class CoordinatorRunTest {
  @TempDir Path temp;

  private SpokenNode node(String... sets) {
    return new SpokenNode(temp.resolve("run"), UnaryOperator.identity(), sets);
  }

  private static RunOutcome outcome(SpokenNode node) throws Exception {
    return node.outcome.get(SpokenNode.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Its leader was lost while rank 0, elsewhere, wrote it. */
  @Test
  void shouldCompleteACheckpointThatIsStoredBeforeItsStepsAreKnown() throws Exception {
    try (SpokenNode node = node()) {
      node.claimed(3);
      node.remembers(3, 0, 4);
      node.begin();
      node.stores("step-000000004-g3");
      node.joins();
      node.await(() -> node.stored.contains("step-000000004-g3"));

      assertThat(node.formed().nextStep()).isEqualTo(4);
      CheckpointName name = CheckpointName.parse("step-000000004-g3").orElseThrow();
      assertThat(node.checkpoints.ledger(name).entries()).hasSize(4);
      node.steps(4, 6);
      assertThat(node.outcome).isNotDone();
    }
  }

  @Test
  void shouldFailACheckpointWhoseStepsTheRunDoesNotGoOnFrom() throws Exception {
    try (SpokenNode node = node()) {
      node.claimed(3);
      node.remembers(3, 0, 4);
      node.begin();
      node.stores("step-000000008-g3");
      node.joins();
      node.steps(4, 10);
      node.await(
          () ->
              node.notes.contains(
                  "checkpoint step-000000008-g3 failed: the run went on from an earlier step"));

      // Also when it is heard of once the ledger has come as far, with other steps.
      node.stores("step-000000006-g3");
      node.await(() -> node.notes.stream().anyMatch(note -> note.contains("step-000000006-g3")));
      assertThat(node.checkpoints.complete()).isEmpty();
      assertThat(node.outcome).isNotDone();
    }
  }

  @Test
  void shouldEndTheRunWithTheReasonWhereWhatItHearsCannotBeWrittenDown() throws Exception {
    try (SpokenNode node = node()) {
      node.begin(
          node.new Noting() {
            @Override
            public void happened(Happening what) {
              if (what instanceof Happening.Found) {
                throw new UncheckedIOException(new IOException("injected"));
              }
            }
          });
      node.joins();
      node.steps(0, 1);
      node.says(
          new Trainer.Found(
              new MemberId("t-0", 1, ""),
              new Finding("probe", 0, Map.of(), "normal", Severity.NORMAL, "text")));

      assertThat(outcome(node)).isEqualTo(new RunOutcome(ExitCode.INTERRUPTED, 1, "injected"));
    }
  }
}
