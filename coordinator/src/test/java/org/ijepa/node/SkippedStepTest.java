package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerReport;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.SourceShare;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.ijepa.trainer.StepProbe.Point;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Black images, which are zeros, and white ones, of which the deviation that is divided by makes
 * infinities: a step in which a white one stands has no finite gradient.
 */
class SkippedStepTest {
  private static final int IMAGES = 96;
  private static final int STEPS = 12;
  private static final int BATCH = 8;
  private static final int SIDE = 32;

  @TempDir Path temp;

  private Settings settings(String... sets) {
    String[] all = new String[sets.length + 6];
    all[0] = "data.mean=[0,0,0]";
    all[1] = "data.std=[1e-40,1e-40,1e-40]";
    all[2] = "evaluation.collapse.every-steps=0";
    all[3] = "checkpoint.every-steps=1";
    all[4] = "checkpoint.keep-last=100";
    all[5] = "cluster.device=cpu";
    System.arraycopy(sets, 0, all, 6, sets.length);
    return SmallRun.settings(temp.resolve("images"), all);
  }

  /** One epoch of images; in each of these steps stands a white one, and nowhere else. */
  private void images(Long... bad) throws IOException {
    Set<Long> white = new HashSet<>();
    SampleOrder order =
        Models.order(settings(), List.of(new SourceShare(1000, IMAGES, Shards.NONE)));
    for (long step : bad) {
      white.add(order.place(step, 5).sample());
    }
    Path folder = Files.createDirectories(temp.resolve("images"));
    for (long i = 0; i < IMAGES; i++) {
      BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      for (int pixel = 0; white.contains(i) && pixel < SIDE * SIDE; pixel++) {
        image.setRGB(pixel % SIDE, pixel / SIDE, 0xFFFFFF);
      }
      ImageIO.write(image, "png", folder.resolve(String.format("%03d.png", i)).toFile());
    }
  }

  /** Runs with a checkpoint after each step: no step begins before the last one is stored. */
  private static RunOutcome run(Settings settings, Path out, long from) throws Exception {
    Map<Long, CompletableFuture<Void>> stored = new ConcurrentHashMap<>();
    for (long step = 0; step <= STEPS; step++) {
      stored.put(step, new CompletableFuture<>());
    }
    RunListener listener =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {}

          @Override
          public void noted(String text) {}

          @Override
          public void stored(CheckpointStored checkpoint) {
            long step = CheckpointName.parse(checkpoint.name()).orElseThrow().step();
            stored.get(step).complete(null);
          }
        };
    StepProbe probe =
        (point, member, step) -> {
          if (point == Point.STEP_BEGUN && step > from) {
            try {
              stored.get(step).get(60, TimeUnit.SECONDS);
            } catch (Exception e) {
              throw new IllegalStateException("no checkpoint of step " + step, e);
            }
          }
        };
    return SmallRun.run(settings, out, probe, listener);
  }

  /** Digests of a checkpoint's tensors, by file: both networks, the target, the moments. */
  private static Map<String, String> tensors(Path out, long step) throws IOException {
    for (Path folder : SmallRun.checkpoints(out)) {
      String name = folder.getFileName().toString();
      if (CheckpointName.parse(name).orElseThrow().step() == step) {
        Map<String, String> digests = new TreeMap<>();
        JsonNode manifest = new ObjectMapper().readTree(folder.resolve("manifest.json").toFile());
        for (JsonNode file : manifest) {
          if (TensorFiles.NAMES.contains(file.path("name").asText())) {
            digests.put(file.path("name").asText(), file.path("sha256").asText());
          }
        }
        assertThat(digests).hasSize(TensorFiles.NAMES.size());
        return digests;
      }
    }
    throw new AssertionError("no checkpoint of step " + step);
  }

  /** Whether each position of the one epoch was used once, and which steps were skipped. */
  private static LedgerReport ledger(Path out) throws IOException {
    LedgerContents contents = LedgerFile.read(out.resolve("ledger.jsonl"));
    LedgerReport report = LedgerVerifier.verify(contents.header(), contents.entries());
    assertThat(report.problems()).isEmpty();
    return report;
  }

  @Test
  void shouldLeaveAllStateAsItWasInOneStepThatIsNotFiniteAndGoOn() throws Exception {
    images(5L);
    Path out = temp.resolve("run");
    RunOutcome outcome = run(settings(), out, 0);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(tensors(out, 6)).isEqualTo(tensors(out, 5));
    for (long step : List.of(3L, 4L, 6L, 7L)) {
      for (String file : TensorFiles.NAMES) {
        assertThat(tensors(out, step + 1).get(file))
            .as("%s after step %d", file, step)
            .isNotEqualTo(tensors(out, step).get(file));
      }
    }
    List<StepMetrics> metrics = MetricsLog.read(out.resolve("metrics.jsonl"));
    assertThat(metrics).hasSize(STEPS);
    for (StepMetrics step : metrics) {
      assertThat(step.skipped()).as("step %d", step.step()).isEqualTo(step.step() == 5);
      assertThat(Double.isFinite(step.gradNorm())).isEqualTo(step.step() != 5);
      assertThat(step.samples()).isEqualTo((step.step() + 1) * BATCH);
    }
    // The schedules do not wait either.
    assertThat(metrics.get(6).ema() - metrics.get(5).ema())
        .isCloseTo(metrics.get(5).ema() - metrics.get(4).ema(), within(1e-12));
    LedgerReport report = ledger(out);
    assertThat(report.skippedSteps()).containsExactly(5L);
    assertThat(report.epochs()).singleElement().matches(epoch -> epoch.isComplete());
    assertThat(report.epochs().get(0).samples()).isEqualTo(IMAGES);
  }

  @Test
  void shouldEndWithTheLastGoodStateAfterTooManyInARowAndGoOnFromIt() throws Exception {
    // The third in a row ends the run, with the step that is under way by then.
    images(2L, 6L, 7L, 8L, 9L);
    Path out = temp.resolve("run");
    RunOutcome outcome = run(settings("optimization.max-skipped-steps=3"), out, 0);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.TRAINING_FAILED);
    assertThat(outcome.exitCode().number()).isEqualTo(4);
    assertThat(outcome.step()).isEqualTo(10);
    assertThat(outcome.text()).contains("not finite in 4 steps in a row");
    assertThat(tensors(out, 3)).isEqualTo(tensors(out, 2));
    assertThat(tensors(out, 6)).isNotEqualTo(tensors(out, 5));
    assertThat(SmallRun.newest(out).getFileName().toString()).startsWith("step-000000010-");
    assertThat(tensors(out, 10)).isEqualTo(tensors(out, 6));
    assertThat(ledger(out).skippedSteps()).containsExactly(2L, 6L, 7L, 8L, 9L);

    outcome = run(settings("optimization.max-skipped-steps=5"), out, 10);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(tensors(out, 11)).isNotEqualTo(tensors(out, 10));
    assertThat(ledger(out).epochs()).singleElement().matches(epoch -> epoch.isComplete());
    assertThat(MetricsLog.read(out.resolve("metrics.jsonl")))
        .extracting(StepMetrics::step)
        .containsExactlyElementsOf(LongStream.range(0, STEPS).boxed().toList());
  }

  @Test
  void shouldCountThoseThatEndedItThoughTheStepUnderWayIsGood() throws Exception {
    images(6L, 7L, 8L);
    Path out = temp.resolve("run");
    RunOutcome outcome = run(settings("optimization.max-skipped-steps=3"), out, 0);

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.TRAINING_FAILED);
    assertThat(outcome.text()).contains("not finite in 3 steps in a row");
    assertThat(tensors(out, 9)).isEqualTo(tensors(out, 6));
    assertThat(tensors(out, 10)).isNotEqualTo(tensors(out, 9));
  }
}
