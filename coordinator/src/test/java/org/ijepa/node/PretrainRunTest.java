package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.run.EventFile;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.ijepa.trainer.StepProbe.Point;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PretrainRunTest {
  private static final String TWO = "cluster.trainers=2";

  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path images;
  private static Path undisturbed;

  @BeforeAll
  static void runUndisturbed() throws Exception {
    images = SmallRun.images(shared.resolve("images"));
    undisturbed = shared.resolve("undisturbed");
    RunOutcome outcome = SmallRun.run(SmallRun.settings(images, TWO), undisturbed, StepProbe.NONE);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
  }

  /** Throws once, in the named trainer at a point of step 6, a little after a checkpoint. */
  private static StepProbe failOnce(Point where, String trainer) {
    return new FailsOnce(where, trainer, where == Point.CHECKPOINT_COPIED ? 8 : 6);
  }

  private static RunOutcome stopAfter(long step, Path out) throws Exception {
    return SmallRun.stopAfter(step, SmallRun.settings(images, TWO), out);
  }

  private void assertSameRun(Path out) throws IOException {
    assertThat(SmallRun.losses(out)).isEqualTo(SmallRun.losses(undisturbed));
    assertThat(SmallRun.tensors(out)).isEqualTo(SmallRun.tensors(undisturbed));
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(undisturbed));
  }

  @ParameterizedTest
  @EnumSource(Point.class)
  void shouldGoOnToTheBitWhenTrainerFailsAt(Point point) throws Exception {
    for (String trainer : List.of("trainer-0", "trainer-1")) {
      if (point == Point.CHECKPOINT_COPIED && trainer.equals("trainer-1")) {
        continue; // Only rank 0 writes checkpoints.
      }
      Path out = temp.resolve(trainer);
      RunOutcome outcome =
          SmallRun.run(SmallRun.settings(images, TWO), out, failOnce(point, trainer));

      assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
      assertSameRun(out);
    }
  }

  @Test
  void shouldGoOnFromLastCommitWhenOnlyTrainerFails() throws Exception {
    Path alone = temp.resolve("alone");
    Path failing = temp.resolve("failing");
    SmallRun.run(SmallRun.settings(images), alone, StepProbe.NONE);
    SmallRun.run(SmallRun.settings(images), failing, failOnce(Point.REDUCED, "trainer-0"));

    assertThat(SmallRun.losses(failing)).isEqualTo(SmallRun.losses(alone));
    assertThat(SmallRun.tensors(failing)).isEqualTo(SmallRun.tensors(alone));
  }

  @Test
  void shouldGiveUpOnTrainerThatFailsAgainAndAgain() throws Exception {
    RunOutcome outcome =
        SmallRun.run(
            SmallRun.settings(images),
            temp.resolve("run"),
            (point, member, step) -> {
              if (point == Point.BACKWARD_DONE && step == 3) {
                throw new IllegalStateException("injected always");
              }
            });

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.TRAINING_FAILED);
    assertThat(outcome.text()).contains("trainer-0").contains("injected always");
  }

  /** What no handler can end the run for: an error in the coordinator's actor stops it. */
  @Test
  @Timeout(120)
  void shouldEndWhenTheCoordinatorStopsWithoutAnOutcome() throws Exception {
    RunListener failing =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {
            throw new AssertionError("injected");
          }

          @Override
          public void noted(String text) {}
        };
    RunOutcome outcome =
        SmallRun.run(SmallRun.settings(images), temp.resolve("run"), StepProbe.NONE, failing);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.INTERNAL_ERROR);
    assertThat(outcome.text()).contains("the coordinator stopped without an outcome");
  }

  @Test
  void shouldStopResumablyAndGoOnToTheSameBits() throws Exception {
    Path out = temp.resolve("run");
    RunOutcome stopped = stopAfter(5, out);
    assertThat(stopped.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(stopped.step()).isBetween(6L, 8L);
    RunOutcome outcome = SmallRun.run(SmallRun.settings(images, TWO), out, StepProbe.NONE);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.DONE);
    assertSameRun(out);
  }

  @Test
  void shouldDoNothingWhenAllStepsAreDone() throws Exception {
    RunOutcome outcome = SmallRun.run(SmallRun.settings(images, TWO), undisturbed, StepProbe.NONE);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(outcome.text()).contains("already");
  }

  @Test
  void shouldTrainAlikeWithAnyNumberOfTrainers() throws Exception {
    for (int trainers : new int[] {1, 3}) {
      Path out = temp.resolve("trainers-" + trainers);
      SmallRun.run(SmallRun.settings(images, "cluster.trainers=" + trainers), out, StepProbe.NONE);
      List<Double> losses = SmallRun.losses(out);
      for (int i = 0; i < losses.size(); i++) {
        assertThat(losses.get(i))
            .isCloseTo(SmallRun.losses(undisturbed).get(i), within(2e-5 * losses.get(i)));
      }
    }
  }

  @Test
  @Timeout(120)
  void shouldEndWithMoreTrainersThanMicroBatches() throws Exception {
    Path out = temp.resolve("run");
    RunOutcome outcome =
        SmallRun.run(SmallRun.settings(images, "cluster.trainers=5"), out, StepProbe.NONE);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.DONE);
    List<Double> losses = SmallRun.losses(out);
    for (int i = 0; i < losses.size(); i++) {
      assertThat(losses.get(i))
          .isCloseTo(SmallRun.losses(undisturbed).get(i), within(2e-5 * losses.get(i)));
    }
  }

  @Test
  void shouldStayNearFloat32WithBfloat16Products() throws Exception {
    Path out = temp.resolve("run");
    SmallRun.run(
        SmallRun.settings(images, TWO, "optimization.precision=bf16"), out, StepProbe.NONE);
    List<Double> losses = SmallRun.losses(out);
    assertThat(losses).isNotEqualTo(SmallRun.losses(undisturbed));
    for (int i = 0; i < losses.size(); i++) {
      assertThat(losses.get(i))
          .isCloseTo(SmallRun.losses(undisturbed).get(i), within(0.02 * losses.get(i)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"encoder.safetensors", "state.json", "ledger-000000000.jsonl", "manifest.json"})
  void shouldTakeTheCheckpointBeforeOneWithDamaged(String file) throws Exception {
    Path out = temp.resolve("run");
    // Two stops leave two checkpoints for certain: one that is due while another is still being
    // written may be left out.
    stopAfter(2, out);
    stopAfter(6, out);
    Path damaged = SmallRun.newest(out).resolve(file);
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[bytes.length / 2] ^= 1;
    Files.write(damaged, bytes);
    RunOutcome outcome = SmallRun.run(SmallRun.settings(images, TWO), out, StepProbe.NONE);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertSameRun(out);
  }

  @Test
  void shouldNotBeginAnewWhenEveryCheckpointIsDamaged() throws Exception {
    Path out = temp.resolve("run");
    stopAfter(2, out);
    Path manifest = SmallRun.newest(out).resolve("manifest.json");
    Files.writeString(manifest, "{}");

    assertThatThrownBy(() -> SmallRun.run(SmallRun.settings(images, TWO), out, StepProbe.NONE))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("every checkpoint");
    assertThat(manifest.resolveSibling("manifest.json.damaged")).exists();
  }

  @Test
  void shouldGiveTensorBoardTheNumbersOfTheMetrics() throws Exception {
    Path out = temp.resolve("run");
    SmallRun.stopAfter(5, SmallRun.settings(images), out);
    SmallRun.run(SmallRun.settings(images), out, StepProbe.NONE);

    Map<Long, Map<String, Float>> steps = new TreeMap<>();
    for (EventFile.Event event : EventFile.read(out.resolve("tensorboard"))) {
      if (event.scalars().containsKey("train/loss")) {
        assertThat(steps.put(event.step(), event.scalars())).isNull();
      }
    }
    List<StepMetrics> metrics = MetricsLog.read(RunFolder.metrics(out));
    assertThat(metrics).hasSize(12);
    assertThat(List.copyOf(steps.values()))
        .isEqualTo(metrics.stream().map(PretrainRunTest::scalars).toList());
  }

  private static Map<String, Float> scalars(StepMetrics step) {
    Map<String, Float> scalars = new HashMap<>();
    scalars.put("train/loss", (float) step.loss());
    scalars.put("train/lr", (float) step.learningRate());
    scalars.put("train/weight_decay", (float) step.weightDecay());
    scalars.put("train/ema", (float) step.ema());
    scalars.put("train/grad_norm", (float) step.gradNorm());
    scalars.put("train/epoch", (float) step.epoch());
    scalars.put("train/skipped", 0f);
    scalars.put("speed/images_per_second", (float) step.imagesPerSecond());
    scalars.put("speed/input_wait", (float) step.inputWaitSeconds());
    if (Double.isFinite(step.commitWaitSeconds())) {
      scalars.put("speed/commit_wait", (float) step.commitWaitSeconds());
    }
    scalars.put("cluster/generation", (float) step.generation());
    scalars.put("cluster/trainers", 1f);
    return scalars;
  }

  @Test
  void shouldProveFromTheLedgerWhatWasUsed() throws Exception {
    LedgerContents contents = LedgerFile.read(undisturbed.resolve("ledger.jsonl"));

    assertThat(LedgerVerifier.verify(contents.header(), contents.entries()).isIntact()).isTrue();
    assertThat(contents.entries()).hasSize(12);
  }

  @Test
  void shouldRefuseToGoOnWithOtherSettings() {
    assertThatThrownBy(
            () ->
                SmallRun.run(
                    SmallRun.settings(images, TWO, "optimization.lr=0.5"),
                    undisturbed,
                    StepProbe.NONE))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("optimization.lr");
  }

  @Test
  void shouldQuarantineBrokenFilesByNameAndGoOn() throws Exception {
    Path mixed = SmallRun.images(temp.resolve("mixed"));
    Files.writeString(mixed.resolve("broken.jpg"), "no image at all");
    Files.write(mixed.resolve("empty.png"), new byte[0]);
    Path out = temp.resolve("run");
    RunOutcome outcome =
        SmallRun.run(SmallRun.settings(mixed, "optimization.steps=15"), out, StepProbe.NONE);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(Files.readString(out.resolve("quarantine.jsonl")))
        .contains("broken.jpg")
        .contains("empty.png");
  }

  /** A checkpoint has each bad sample once; where it was wanted is told by the ledger. */
  @Test
  void shouldWriteTheQuarantineAnewFromACheckpoint() throws Exception {
    Path mixed = SmallRun.images(temp.resolve("mixed"));
    Files.writeString(mixed.resolve("broken.jpg"), "no image at all");
    Files.write(mixed.resolve("empty.png"), new byte[0]);
    Settings settings = SmallRun.settings(mixed, TWO, "optimization.steps=30");
    Path whole = temp.resolve("whole");
    SmallRun.run(settings, whole, StepProbe.NONE);

    Path moved = temp.resolve("moved");
    SmallRun.stopAfter(20, settings, temp.resolve("stopped"));
    Files.createDirectories(moved);
    Files.move(temp.resolve("stopped/checkpoints"), moved.resolve("checkpoints"));
    SmallRun.run(settings, moved, StepProbe.NONE);

    List<String> lines = Files.readAllLines(whole.resolve("quarantine.jsonl"));
    assertThat(lines).hasSizeGreaterThan(4);
    assertThat(Files.readAllLines(moved.resolve("quarantine.jsonl"))).isEqualTo(lines);
    JsonNode state =
        new ObjectMapper()
            .readTree(moved.resolve("checkpoints/step-000000030-g2/state.json").toFile());
    assertThat(state.path("quarantine"))
        .extracting(bad -> bad.path("sample").asText())
        .containsExactly("broken.jpg", "empty.png");
  }

  @Test
  void shouldClipGradientsThatAreTooLarge() throws Exception {
    Path never = temp.resolve("never");
    SmallRun.run(
        SmallRun.settings(images, TWO, "optimization.clip-norm=1e6"), never, StepProbe.NONE);
    assertSameRun(never);

    Path clipped = temp.resolve("clipped");
    SmallRun.run(
        SmallRun.settings(images, TWO, "optimization.clip-norm=1e-9"), clipped, StepProbe.NONE);
    // The gradient is far below Adam's epsilon, so that the weights hardly move.
    List<Double> losses = SmallRun.losses(clipped);
    double first = losses.get(0);
    assertThat(first).isEqualTo(SmallRun.losses(undisturbed).get(0));
    assertThat(losses.get(11)).isNotEqualTo(SmallRun.losses(undisturbed).get(11));
  }

  private static RunOutcome outcome(PretrainRun run) {
    try {
      return run.run();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldStopWhileItWaitsForItsData() throws Exception {
    // Where the usual AWS chain looks first.
    System.setProperty("aws.accessKeyId", "any");
    System.setProperty("aws.secretAccessKey", "any");
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Settings settings =
          SmallRun.settings(
              Path.of("unused"),
              "data.uri=s3://bucket/images",
              "data.s3.endpoint=\"http://127.0.0.1:" + silent.getLocalPort() + "\"");
      try (PretrainRun run =
          new PretrainRun(settings, temp.resolve("run"), RunListener.NONE, StepProbe.NONE)) {
        CompletableFuture<RunOutcome> outcome = CompletableFuture.supplyAsync(() -> outcome(run));
        silent.accept();
        assertThat(outcome).isNotDone();
        run.requestStop();

        assertThat(outcome.get(20, TimeUnit.SECONDS).exitCode()).isEqualTo(ExitCode.INTERRUPTED);
      }
    } finally {
      System.clearProperty("aws.accessKeyId");
      System.clearProperty("aws.secretAccessKey");
    }
  }

  @Test
  void shouldGoOnWithWhatIsReadableOfAnySetWhereTheBudgetIsOne() throws Exception {
    Path mixed = SmallRun.images(temp.resolve("mixed"));
    for (int i = 0; i < 100; i++) {
      Files.writeString(mixed.resolve("broken-" + i + ".jpg"), "no image " + i);
    }
    RunOutcome stopped =
        SmallRun.run(
            SmallRun.settings(mixed, "pipeline.bad-sample-budget=0.2"),
            temp.resolve("stopped"),
            StepProbe.NONE);
    assertThat(stopped.exitCode()).as(stopped.text()).isEqualTo(ExitCode.BAD_DATA);

    RunOutcome outcome =
        SmallRun.run(
            SmallRun.settings(mixed, "pipeline.bad-sample-budget=1"),
            temp.resolve("run"),
            StepProbe.NONE);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void shouldStopWhenNothingIsReadable() throws Exception {
    Path broken = Files.createDirectories(temp.resolve("broken"));
    for (int i = 0; i < 20; i++) {
      Files.writeString(broken.resolve(i + ".jpg"), "no image " + i);
    }
    RunOutcome outcome =
        SmallRun.run(SmallRun.settings(broken), temp.resolve("run"), StepProbe.NONE);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.BAD_DATA);
  }

  @Test
  void shouldSkipStepThatIsNotFiniteAndStopWhenManyAre() throws Exception {
    Path out = temp.resolve("run");
    RunOutcome outcome =
        SmallRun.run(
            SmallRun.settings(
                images,
                "optimization.lr=1e30",
                "optimization.start-lr=1e30",
                "optimization.max-skipped-steps=3"),
            out,
            StepProbe.NONE);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.TRAINING_FAILED);
    assertThat(outcome.text()).contains("not finite");
    assertThat(Files.readString(out.resolve("metrics.jsonl"))).contains("\"skipped\":true");
  }

  @Test
  void shouldRefuseToTrainBesideAnotherRunWithItsCheckpoints() throws Exception {
    Path images = SmallRun.images(temp.resolve("images"));
    Settings settings =
        SmallRun.settings(
            images,
            "checkpoint.uri=\"" + temp.resolve("shared") + "\"",
            "optimization.steps=100000",
            "evaluation.collapse.every-steps=0");
    CompletableFuture<Void> begun = new CompletableFuture<>();
    StepProbe probe = (point, member, step) -> begun.complete(null);
    try (PretrainRun first =
        new PretrainRun(settings, temp.resolve("first"), RunListener.NONE, probe)) {
      CompletableFuture<RunOutcome> outcome = CompletableFuture.supplyAsync(() -> outcome(first));
      begun.get(60, TimeUnit.SECONDS);

      assertThatThrownBy(() -> SmallRun.run(settings, temp.resolve("second"), StepProbe.NONE))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("trains with the checkpoints in " + temp.resolve("shared"));

      first.requestStop();
      assertThat(outcome.get(60, TimeUnit.SECONDS).exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    }
    assertThat(temp.resolve("shared/alive")).doesNotExist();
  }
}
