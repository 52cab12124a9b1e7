package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.Happening;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;
import org.ijepa.store.StoreException.Kind;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember.Origin;
import org.ijepa.trainer.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
      assertThat(node.formed().nextStep()).isEqualTo(4);
      node.stores("step-000000004-g3");
      node.await(() -> node.stored.contains("step-000000004-g3"));

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
      assertThat(node.formed().nextStep()).isEqualTo(4);
      node.stores("step-000000008-g3");
      node.await(
          () ->
              node.notes.contains(
                  "checkpoint step-000000008-g3 failed: the run went on from an earlier step"));
      node.steps(4, 10);
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

  /** A store that does not delete the state of checkpoints while it is told not to. */
  private static UnaryOperator<Store> refusing(BooleanSupplier refused) {
    return real ->
        (Store)
            Proxy.newProxyInstance(
                Store.class.getClassLoader(),
                new Class<?>[] {Store.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("delete")
                      && arguments[0].toString().endsWith("/state.json")
                      && refused.getAsBoolean()) {
                    return CompletableFuture.failedFuture(
                        new StoreException(Kind.REFUSED, "injected at " + arguments[0]));
                  }
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  @Test
  void shouldCountACheckpointAsCompleteThoughOldOnesCannotBeDeleted() throws Exception {
    AtomicBoolean refused = new AtomicBoolean(true);
    try (SpokenNode node =
        new SpokenNode(
            temp.resolve("run"),
            refusing(refused::get),
            "checkpoint.keep-last=1",
            "checkpoint.keep-best=0")) {
      node.begin();
      node.joins();
      node.steps(0, 4);
      node.stores("step-000000004-g1");
      node.steps(4, 8);
      node.stores("step-000000008-g1");
      node.await(
          () ->
              node.notes.stream()
                  .anyMatch(
                      note ->
                          note.startsWith("warning: old checkpoints could not be deleted (injected")
                              && note.contains("step-000000004-g1")));

      assertThat(node.stored).containsExactly("step-000000004-g1", "step-000000008-g1");
      Path left = temp.resolve("run/checkpoints/step-000000004-g1/state.json");
      assertThat(left).exists();
      refused.set(false);
      node.steps(8, 12);
      node.stores("step-000000012-g1");
      assertThat(outcome(node).exitCode()).isEqualTo(ExitCode.DONE);
      assertThat(node.checkpoints.complete())
          .containsExactly(CheckpointName.parse("step-000000012-g1").orElseThrow());
      assertThat(left).doesNotExist();
      assertThat(node.notes).noneMatch(note -> note.contains("failed"));
    }
  }

  private static void damage(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  private static void assertSetAside(SpokenNode node, Path checkpoint) {
    assertThat(checkpoint.resolve("manifest.json.damaged")).exists();
    assertThat(node.notes)
        .filteredOn(note -> note.startsWith("checkpoint " + checkpoint.getFileName()))
        .singleElement()
        .asString()
        .contains("is damaged", "set aside");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ledger-000000000.jsonl", "state.json", "manifest.json"})
  void shouldLeadOnFromTheCheckpointBeforeADamagedOne(String file) throws Exception {
    try (SpokenNode node = node()) {
      node.claimed(2);
      node.writes("step-000000004-g1");
      Path damaged = node.writes("step-000000008-g2");
      damage(damaged.resolve(file));
      // What the trainer remembers begins where nobody can tell any more what was before.
      node.remembers(2, 8, 10);
      node.begin();
      node.joins();

      assertThat(node.formed().load()).isEqualTo("step-000000004-g1");
      assertThat(node.formed().nextStep()).isEqualTo(4);
      assertSetAside(node, damaged);
      node.steps(4, 6);
      assertThat(SmallRun.ledger(node.out)).hasSize(6);
    }
  }

  @Test
  void shouldLeadOnFromMemoryWhereThatReachesBackBeyondADamagedCheckpoint() throws Exception {
    try (SpokenNode node = node()) {
      node.claimed(2);
      node.writes("step-000000004-g1");
      Path damaged = node.writes("step-000000008-g2");
      damage(damaged.resolve("ledger-000000000.jsonl"));
      node.remembers(2, 4, 10);
      node.begin();
      node.joins();

      assertThat(node.formed().origin()).isEqualTo(Origin.MEMORY);
      assertThat(node.formed().nextStep()).isEqualTo(10);
      assertSetAside(node, damaged);
      assertThat(SmallRun.ledger(node.out)).hasSize(10);
    }
  }

  /** Whoever led before completed it after this one had looked. */
  @Test
  void shouldNotGoOnWithTheDamagedLedgerOfACheckpointThatItFindsLater() throws Exception {
    try (SpokenNode node = node()) {
      node.claimed(2);
      node.writes("step-000000004-g1");
      node.remembers(2, 8, 10);
      node.begin();
      node.await(() -> node.out.resolve("ledger.jsonl").toFile().exists());
      Path damaged = node.writes("step-000000008-g2");
      damage(damaged.resolve("ledger-000000000.jsonl"));
      node.joins();

      assertThat(node.formed().load()).isEqualTo("step-000000004-g1");
      assertSetAside(node, damaged);
      node.steps(4, 6);
      assertThat(SmallRun.ledger(node.out)).hasSize(6);
      assertThat(node.outcome).isNotDone();
    }
  }

  @Test
  void shouldEndWhereEveryCheckpointIsDamaged() throws Exception {
    try (SpokenNode node = node()) {
      damage(node.writes("step-000000004-g1").resolve("state.json"));
      node.begin();

      assertThat(outcome(node).exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
      assertThat(outcome(node).text()).startsWith("every checkpoint in");
    }
  }

  /** A file that is closed takes as little as one on a full disk. */
  @Test
  void shouldTrainOnWhereAFileOfTheRunFolderCannotBeWritten() throws Exception {
    try (SpokenNode node = node()) {
      node.begin();
      node.joins();
      node.steps(0, 4);
      node.folder().metrics().close();
      node.steps(4, 12);
      node.stores("step-000000012-g1");

      assertThat(outcome(node).exitCode()).isEqualTo(ExitCode.DONE);
      assertThat(SmallRun.ledger(node.out)).hasSize(12);
      assertThat(Files.readAllLines(node.out.resolve("ijepa_r0.csv"))).hasSize(13);
      assertThat(node.notes)
          .filteredOn(note -> note.startsWith("warning: metrics.jsonl"))
          .hasSize(2)
          .first()
          .asString()
          .contains("cannot be written");
      assertThat(node.notes)
          .contains("warning: metrics.jsonl lacks 8 records, which could not be written");
    }
  }

  /** As where this node slept, and was removed by others that it still takes for lost. */
  @Test
  void shouldGiveWayToTheLeaderOfItsOwnClusterThatWentFurther() throws Exception {
    try (SpokenNode node = node()) {
      node.begin();
      node.joins();
      node.steps(0, 2);
      node.checkpoints.marks().writeSign(sign("session", 2));

      assertThat(outcome(node)).isEqualTo(RunOutcome.removed());
      assertThat(node.toldOfTheEnd).isFalse();
      // Whoever leads now still does.
      assertThat(node.checkpoints.marks().sign()).contains(sign("session", 2));
    }
  }

  @Test
  void shouldEndTheRunHereWhereAnotherClusterWentFurther() throws Exception {
    try (SpokenNode node = node()) {
      node.begin();
      node.joins();
      node.steps(0, 2);
      node.checkpoints.marks().writeSign(sign("another", 2));

      assertThat(outcome(node).text()).contains("another cluster, led by ijepa@host:1");
    }
  }

  private static String sign(String session, long generation) {
    return "{\"session\":\"%s\",\"leader\":\"ijepa@host:1\",\"generation\":%d,\"count\":7}"
        .formatted(session, generation);
  }

  @Test
  void shouldSayThatAnotherNodesCoordinatorTakesOver() throws Exception {
    try (SpokenNode node = node()) {
      node.begin();
      node.joins();
      node.steps(0, 2);
      node.handsOver();

      node.handedOver.get(SpokenNode.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(node.outcome).isNotDone();
    }
  }
}
