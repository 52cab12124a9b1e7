package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerReport;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.QuarantineLog;
import org.ijepa.run.QuarantinedSample;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run from a folder of images and a folder of shards, of which one image is broken. */
final class SeveralSourcesRunTest {
  private static final int IN_SHARDS = 24;

  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path images;
  private static Path shards;
  private static Path undisturbed;

  @BeforeAll
  static void runUndisturbed() throws Exception {
    images = SmallRun.images(shared.resolve("images"));
    shards = Files.createDirectory(shared.resolve("shards"));
    List<Path> files;
    try (Stream<Path> list = Files.list(images)) {
      files = list.sorted().toList();
    }
    for (int shard = 0; shard < 2; shard++) {
      Map<String, byte[]> members = new LinkedHashMap<>();
      for (int i = shard * IN_SHARDS / 2; i < (shard + 1) * IN_SHARDS / 2; i++) {
        members.put(
            "m%02d.png".formatted(i),
            i == 5
                ? "no image".getBytes(StandardCharsets.UTF_8)
                : Files.readAllBytes(files.get(i)));
      }
      SmallRun.shard(shards.resolve("s-" + shard + ".tar"), members);
    }
    undisturbed = shared.resolve("undisturbed");
    RunOutcome outcome = SmallRun.run(settings("0.6", "0.4", 2), undisturbed, StepProbe.NONE);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
  }

  private static Settings settings(String ofImages, String ofShards, int trainers, String... more) {
    List<String> sets =
        new ArrayList<>(
            List.of(
                "data.uri=[{uri = \"%s\", proportion = %s}, {uri = \"%s\", proportion = %s}]"
                    .formatted(images, ofImages, shards, ofShards),
                "order.window=8",
                "cluster.trainers=" + trainers));
    sets.addAll(List.of(more));
    return SmallRun.settings(images, sets.toArray(String[]::new));
  }

  private static RunOutcome stopAfter(long step, Path out) throws Exception {
    return SmallRun.stopAfter(step, settings("0.6", "0.4", 2), out);
  }

  @Test
  void shouldProveEachSourceByItself() throws Exception {
    LedgerContents contents = LedgerFile.read(undisturbed.resolve("ledger.jsonl"));
    LedgerReport report = LedgerVerifier.verify(contents.header(), contents.entries());
    assertThat(report.problems()).isEmpty();
    assertThat(report.sources())
        .extracting(LedgerReport.SourceUse::samples)
        .containsExactly(40L, (long) IN_SHARDS);
    for (int source = 0; source < 2; source++) {
      int number = source;
      LedgerReport.EpochUse first =
          report.epochs().stream().filter(e -> e.source() == number).findFirst().orElseThrow();
      assertThat(first.isComplete()).isTrue();
      assertThat(first.samples()).isEqualTo(report.sources().get(source).samples());
    }
    assertThat(MetricsLog.read(undisturbed.resolve("metrics.jsonl")))
        .extracting(StepMetrics::epoch)
        .containsExactly(1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 2L, 2L, 2L, 2L);
  }

  @Test
  void shouldNameTheSourceOfABadSample() throws Exception {
    List<QuarantinedSample> bad = QuarantineLog.read(undisturbed.resolve("quarantine.jsonl"));
    assertThat(bad).isNotEmpty();
    assertThat(bad)
        .allSatisfy(
            sample -> {
              assertThat(sample.sample()).isEqualTo(shards + "/s-0.tar/m05.png");
              assertThat(sample.substitute()).startsWith(shards + "/s-");
            });
  }

  @Test
  void shouldGoOnWithTheSameBitsAfterAStop() throws Exception {
    Path out = temp.resolve("run");
    assertThat(stopAfter(5, out).exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    RunOutcome outcome = SmallRun.run(settings("0.6", "0.4", 2), out, StepProbe.NONE);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(SmallRun.tensors(out)).isEqualTo(SmallRun.tensors(undisturbed));
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(undisturbed));
  }

  @Test
  void shouldTrainAlikeWithAnotherNumberOfTrainers() throws Exception {
    Path out = temp.resolve("run");
    SmallRun.run(settings("0.6", "0.4", 3), out, StepProbe.NONE);
    List<Double> losses = SmallRun.losses(out);
    assertThat(losses).hasSize(12);
    for (int i = 0; i < losses.size(); i++) {
      assertThat(losses.get(i))
          .isCloseTo(SmallRun.losses(undisturbed).get(i), within(2e-5 * losses.get(i)));
    }
  }

  @Test
  void shouldUsePartOfEachSource() throws Exception {
    Path out = temp.resolve("run");
    SmallRun.run(
        settings("0.6", "0.4", 1, "data.fraction=0.5", "optimization.steps=2"),
        out,
        StepProbe.NONE);
    LedgerContents contents = LedgerFile.read(out.resolve("ledger.jsonl"));
    assertThat(contents.header().sources())
        .extracting(source -> source.share().samples())
        .containsExactly(20L, IN_SHARDS / 2L);
  }

  @Test
  void shouldNameTheSourceThatChanged() throws Exception {
    Path out = temp.resolve("run");
    stopAfter(3, out);
    Path image = images.resolve("007.png");
    byte[] whole = Files.readAllBytes(image);
    try {
      Files.delete(image);
      assertThatThrownBy(() -> SmallRun.run(settings("0.6", "0.4", 2), out, StepProbe.NONE))
          .isInstanceOf(Failure.class)
          .hasMessage(
              "the data set is not the one that this run began with: in "
                  + images
                  + " 1 image is gone: 007.png");
    } finally {
      Files.write(image, whole);
    }
  }

  @Test
  void shouldRefuseOtherProportions() throws Exception {
    Path out = temp.resolve("run");
    stopAfter(3, out);
    assertThatThrownBy(() -> SmallRun.run(settings("0.5", "0.5", 2), out, StepProbe.NONE))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("proportions of data.uri in 1000: was [600, 400], is [500, 500]");
  }

  @Test
  void shouldNameASourceThatIsEmpty() throws Exception {
    Path empty = Files.createDirectory(temp.resolve("empty"));
    String list =
        "data.uri=[{uri = \"%s\", proportion = 0.5}, {uri = \"%s\", proportion = 0.5}]"
            .formatted(images, empty);
    assertThatThrownBy(
            () ->
                SmallRun.run(SmallRun.settings(images, list), temp.resolve("run"), StepProbe.NONE))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(empty.toString())
        .hasMessageContaining("nothing there");
  }
}
