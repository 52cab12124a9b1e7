package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.ijepa.batch.MicroBatch;
import org.ijepa.batch.MicroBatchBytes;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.digest.Sha256;
import org.ijepa.failure.ExitCode;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What reaches the trainers of whole runs: places, attempts, masks, weights and pixels of each step
 * are the same for any number of trainers, whatever the pipeline does at once, and wherever a run
 * was stopped or a trainer failed. Some files are no images, so that substitutes are among them.
 */
final class TrainerInputRunTest {
  private static final int STEPS = 12;
  private static final int MICRO_BATCHES = 8;

  @TempDir static Path shared;
  private static Path images;
  private static List<String> alone;

  @TempDir Path temp;

  /** Notes what each trainer is given; a step that is computed again is given again. */
  private static final class Given implements StepProbe {
    private final Map<Long, Map<Integer, String>> steps = new TreeMap<>();
    private final Set<String> trainers = ConcurrentHashMap.newKeySet();
    private final StepProbe also;

    Given(StepProbe also) {
      this.also = also;
    }

    @Override
    public void at(Point point, MemberId member, long step) {
      also.at(point, member, step);
    }

    @Override
    public void given(MemberId member, MicroBatch batch) {
      trainers.add(member.name());
      String digest = Sha256.hex(MicroBatchBytes.of(batch));
      synchronized (this) {
        String before =
            steps
                .computeIfAbsent(batch.plan().step(), step -> new TreeMap<>())
                .putIfAbsent(batch.plan().number(), digest);
        if (before != null && !before.equals(digest)) {
          throw new IllegalStateException("given again, and otherwise: " + batch.plan().step());
        }
      }
    }

    /**
     * A digest of each step, of what all trainers were given; the tests' reports keep the line.
     *
     * @param what run it was, for the line
     */
    synchronized List<String> digests(String what) {
      assertThat(steps).hasSize(STEPS);
      List<String> digests =
          steps.values().stream()
              .map(
                  parts -> {
                    assertThat(parts).hasSize(MICRO_BATCHES);
                    return Sha256.hex(parts.toString().getBytes(StandardCharsets.US_ASCII));
                  })
              .toList();
      System.out.printf(
          "digest of %d steps of a run, %s: %s%n",
          STEPS,
          what,
          Sha256.hex(String.join("", digests).getBytes(StandardCharsets.US_ASCII))
              .substring(0, 32));
      return digests;
    }
  }

  @BeforeAll
  static void trainAlone() throws Exception {
    images = SmallRun.images(shared.resolve("images"));
    for (String name : List.of("003.png", "017.png", "031.png")) {
      Files.writeString(images.resolve(name), "no image");
    }
    alone = whole(1, shared.resolve("alone"), StepProbe.NONE, pipeline(1, 1, 1, "1 GiB"));
    assertThat(alone).doesNotHaveDuplicates();
    assertThat(SmallRun.ledger(shared.resolve("alone")))
        .anyMatch(step -> !step.substitutes().isEmpty());
  }

  private static String[] pipeline(int fetches, int decodes, int prefetch, String fileBytes) {
    return new String[] {
      "pipeline.fetch.parallelism=" + fetches,
      "pipeline.decode.parallelism=" + decodes,
      "pipeline.prefetch=" + prefetch,
      "pipeline.fetch.bytes=" + fileBytes
    };
  }

  private static Settings settings(int trainers, String... sets) {
    List<String> own =
        List.of(
            "cluster.trainers=" + trainers,
            "optimization.micro-batch=1",
            "optimization.steps=" + STEPS,
            "evaluation.collapse.every-steps=0");
    return SmallRun.settings(
        images, Stream.concat(own.stream(), Stream.of(sets)).toArray(String[]::new));
  }

  /** Digests of a run from its beginning to its end, in which each trainer gets its part. */
  private static List<String> whole(int trainers, Path out, StepProbe also, String... sets)
      throws Exception {
    Given given = new Given(also);
    RunOutcome outcome = SmallRun.run(settings(trainers, sets), out, given);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(given.trainers).hasSize(trainers);
    return given.digests("%d trainers, %s".formatted(trainers, String.join(" ", sets)));
  }

  @ParameterizedTest
  @CsvSource({"1, 16, 3, 4, 1 GiB", "2, 3, 2, 2, 1 B", "3, 16, 1, 1, 3 KiB", "8, 2, 3, 3, 1 GiB"})
  void shouldGiveTrainersTheSame(
      int trainers, int fetches, int decodes, int prefetch, String fileBytes) throws Exception {
    assertThat(
            whole(
                trainers,
                temp.resolve("run"),
                StepProbe.NONE,
                pipeline(fetches, decodes, prefetch, fileBytes)))
        .isEqualTo(alone);
  }

  @Test
  void shouldGiveTheSameAcrossStopsAndOtherNumbersOfTrainers() throws Exception {
    Path out = temp.resolve("run");
    Given given = new Given(StepProbe.NONE);
    for (int trainers : new int[] {3, 8}) {
      long stop = trainers == 3 ? 2 : 6;
      RunOutcome stopped =
          SmallRun.stopAfter(
              stop, settings(trainers, pipeline(trainers, 2, 2, "1 GiB")), out, given);
      assertThat(stopped.exitCode()).as(stopped.text()).isEqualTo(ExitCode.INTERRUPTED);
    }
    RunOutcome outcome = SmallRun.run(settings(2), out, given);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(given.trainers).hasSize(8);
    assertThat(given.digests("3, 8, then 2 trainers")).isEqualTo(alone);
  }

  @Test
  void shouldGiveTheSameWhereATrainerFails() throws Exception {
    AtomicBoolean failed = new AtomicBoolean();
    StepProbe failing =
        (point, member, step) -> {
          boolean here =
              point == StepProbe.Point.BACKWARD_DONE && member.name().equals("trainer-1");
          if (here && step == 6 && !failed.getAndSet(true)) {
            throw new IllegalStateException("injected");
          }
        };
    assertThat(whole(3, temp.resolve("run"), failing)).isEqualTo(alone);
    assertThat(failed).isTrue();
  }

  /** Else the tests above would prove nothing. */
  @Test
  void shouldGiveSomethingElseWithAnotherSeed() throws Exception {
    assertThat(whole(2, temp.resolve("run"), StepProbe.NONE, "seed=2"))
        .doesNotContainAnyElementsOf(alone);
  }
}
