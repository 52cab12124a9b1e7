package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.run.Ancestor;
import org.ijepa.run.Lineage;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A finished run of 12 steps that others go on from. */
class ExtendedRunTest {
  private static final String LONGER = "optimization.steps=20";

  /** Schedules that are the same at each step of a run of any length. */
  private static final List<String> LEVEL =
      List.of(
          "optimization.start-lr=1e-3",
          "optimization.lr=1e-3",
          "optimization.final-lr=1e-3",
          "optimization.weight-decay=0.04",
          "optimization.final-weight-decay=0.04",
          "optimization.ema=[0.9,0.9]");

  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path images;
  private static Path finished;

  @BeforeAll
  static void finish() throws Exception {
    images = SmallRun.images(shared.resolve("images"));
    finished = shared.resolve("finished");
    RunOutcome outcome = SmallRun.run(settings(), finished, StepProbe.NONE);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
  }

  private static Settings settings(String... sets) {
    return SmallRun.settings(images, sets);
  }

  private static Settings extending(Path run, String... sets) {
    List<String> all = new ArrayList<>(List.of(sets));
    all.add(Settings.EXTEND + "=" + RunFolder.checkpoints(run));
    return settings(all.toArray(String[]::new));
  }

  private static Settings level(List<String> more) {
    List<String> all = new ArrayList<>(LEVEL);
    all.addAll(more);
    return settings(all.toArray(String[]::new));
  }

  private static RunOutcome run(Settings settings, Path out) throws Exception {
    return SmallRun.run(settings, out, StepProbe.NONE);
  }

  private static List<StepMetrics> metrics(Path run) throws Exception {
    return MetricsLog.read(RunFolder.metrics(run));
  }

  private static JsonNode state(Path run) throws Exception {
    return new ObjectMapper().readTree(SmallRun.newest(run).resolve("state.json").toFile());
  }

  private static String head(Path run) throws Exception {
    return LedgerFile.read(run.resolve("ledger.jsonl")).head();
  }

  @Test
  void shouldBeTheLongerRunToTheBitWhereSchedulesDoNotChange() throws Exception {
    Path first = temp.resolve("first");
    Path second = temp.resolve("second");
    Path whole = temp.resolve("whole");
    run(level(List.of()), first);
    RunOutcome outcome =
        run(level(List.of(LONGER, Settings.EXTEND + "=" + RunFolder.checkpoints(first))), second);
    run(level(List.of(LONGER)), whole);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(outcome.step()).isEqualTo(20);
    // Weights, target, moments and the number of updates; and what each step used.
    assertThat(SmallRun.tensors(second)).isEqualTo(SmallRun.tensors(whole));
    assertThat(SmallRun.losses(second)).isEqualTo(SmallRun.losses(whole).subList(12, 20));
    assertThat(SmallRun.ledger(second)).isEqualTo(SmallRun.ledger(whole));
    LedgerContents ledger = LedgerFile.read(second.resolve("ledger.jsonl"));
    assertThat(LedgerVerifier.verify(ledger.header(), ledger.entries()).isIntact()).isTrue();
  }

  @Test
  void shouldHaveTheSchedulesOfItsWholeLength() throws Exception {
    Path longer = temp.resolve("longer");
    List<String> said = Collections.synchronizedList(new ArrayList<>());
    RunListener listener =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {}

          @Override
          public void noted(String text) {
            said.add(text);
          }
        };
    SmallRun.run(extending(finished, LONGER), longer, StepProbe.NONE, listener);
    List<StepMetrics> own = metrics(longer);

    assertThat(own).extracting(StepMetrics::step).startsWith(12L).hasSize(8);
    // Of 20 steps 20 * 40 / 300 = 2 are warm-up; then a cosine from 1e-3 to 1e-6.
    double share = 0.5 * (1 + Math.cos(Math.PI * (13 - 2) / 18));
    assertThat(own.get(0).learningRate()).isCloseTo(1e-6 + (1e-3 - 1e-6) * share, within(1e-12));
    assertThat(own.get(0).ema()).isCloseTo(0.996 + 12 * 0.004 / 20, within(1e-12));
    assertThat(own.get(1).ema()).isCloseTo(0.996 + 13 * 0.004 / 20, within(1e-12));
    double decay = 0.5 * (1 + Math.cos(Math.PI * 13 / 20));
    assertThat(own.get(0).weightDecay()).isCloseTo(0.4 - 0.36 * decay, within(1e-12));
    // Not those of the run that ended, which have come to their end.
    List<StepMetrics> before = metrics(finished);
    assertThat(before.get(11).learningRate()).isCloseTo(1e-6, within(1e-12));
    assertThat(said)
        .anyMatch(
            text ->
                text.startsWith("extends finished from step 12 (step-000000012-g")
                    && text.endsWith("its schedules are those of 20 steps"));
    assertThat(state(longer).path("meaning").asText())
        .isNotEqualTo(state(finished).path("meaning").asText());
  }

  @Test
  void shouldTellItsLineageThroughStopsAndFurtherExtensions() throws Exception {
    Path second = temp.resolve("second");
    Path third = temp.resolve("third");
    Path unstopped = temp.resolve("unstopped");
    Settings longer = extending(finished, LONGER, "checkpoint.keep-last=1");
    SmallRun.stopAfter(14, longer, second);
    // What it was extended from is needed no more: the run has it all.
    assertThat(SmallRun.checkpoints(second)).hasSize(1);
    assertThat(run(longer, second).exitCode()).isEqualTo(ExitCode.DONE);
    run(longer, unstopped);
    assertThat(SmallRun.losses(second)).isEqualTo(SmallRun.losses(unstopped));
    assertThat(SmallRun.tensors(second)).isEqualTo(SmallRun.tensors(unstopped));
    run(extending(second, "optimization.steps=25"), third);

    Ancestor first =
        new Ancestor(
            "finished",
            RunFolder.checkpoints(finished).toString(),
            SmallRun.newest(finished).getFileName().toString(),
            12,
            head(finished));
    assertThat(Lineage.read(second)).isEqualTo(new Lineage(List.of(first)));
    assertThat(Lineage.of(state(second))).isEqualTo(Lineage.read(second));
    Lineage all = Lineage.read(third);
    assertThat(all.ancestors()).hasSize(2).startsWith(first);
    assertThat(all.parent().orElseThrow().run()).isEqualTo("second");
    assertThat(all.parent().orElseThrow().step()).isEqualTo(20);
    assertThat(all.problems(SmallRun.ledger(third))).isEmpty();
    assertThat(all.problems(SmallRun.ledger(second).subList(0, 15)))
        .containsExactly("second ended after 20 steps, this ledger has 15");
    assertThat(Lineage.NONE.then(first).problems(SmallRun.ledger(temp.resolve("third")))).isEmpty();
    Ancestor other = new Ancestor("other", "x", "y", 12, head(second));
    assertThat(Lineage.NONE.then(other).problems(SmallRun.ledger(third)))
        .containsExactly(
            "the first 12 steps are not those of other: the hashes of its last step differ");
  }

  @Test
  void shouldSayHowAFinishedRunIsExtended() throws Exception {
    assertThat(run(settings(), finished).text())
        .contains("--extend " + finished + " --out NEW --set optimization.steps=MORE");
    assertThat(run(extending(finished, LONGER), Files.createDirectories(temp.resolve("b"))).step())
        .isEqualTo(20);
    assertThat(run(extending(finished, LONGER), temp.resolve("b")).text()).contains("done already");
  }

  private void refuses(Settings settings, Path out, String... words) {
    assertThatThrownBy(() -> run(settings, out))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
              assertThat(failure.line()).contains(words).hasLineCount(1);
              assertThat(failure.hint()).isNotBlank();
            });
  }

  @Test
  void shouldRefuseARunThatIsNotFinished() throws Exception {
    Path stopped = temp.resolve("stopped");
    long step = SmallRun.stopAfter(5, settings(), stopped).step();
    refuses(
        extending(stopped, LONGER),
        temp.resolve("b"),
        "it is not finished: " + step + " of 12 steps; go on with it first");
  }

  @Test
  void shouldRefuseWhatIsNoLongerRun() {
    refuses(
        extending(finished),
        temp.resolve("b"),
        "cannot be extended: 12 steps in all are no more than it has; set a larger");
  }

  @Test
  void shouldRefuseAnotherModelOrOrder() {
    refuses(
        extending(finished, LONGER, "model.encoder=32/2/2"),
        temp.resolve("b"),
        "it had other settings than this one, model.encoder: was",
        "set model.init.checkpoint in its place");
    refuses(
        extending(finished, LONGER, "optimization.global-batch=16", "optimization.micro-batch=4"),
        temp.resolve("c"),
        "optimization.global-batch: was 8, is 16; ");
  }

  @Test
  void shouldRefuseOtherData() throws Exception {
    Path others = SmallRun.images(temp.resolve("images"));
    Files.delete(others.resolve("000.png"));
    Settings settings =
        SmallRun.settings(others, LONGER, Settings.EXTEND + "=" + RunFolder.checkpoints(finished));
    refuses(settings, temp.resolve("b"), "the data set is not the one that it ended with");
  }

  @Test
  void shouldRefuseItsOwnPlace() throws Exception {
    byte[] before = Files.readAllBytes(RunFolder.metrics(finished));
    refuses(
        extending(finished, LONGER),
        finished.resolve("../finished"),
        "cannot be extended in its own folder");
    refuses(
        extending(finished, LONGER, "checkpoint.uri=" + RunFolder.checkpoints(finished)),
        temp.resolve("b"),
        "checkpoint.uri = ",
        "--set checkpoint.uri=...");
    assertThat(RunFolder.metrics(finished)).hasBinaryContent(before);
  }

  @Test
  void shouldRefuseAFolderOfAnotherRun() throws Exception {
    Path taken = temp.resolve("taken");
    run(settings(LONGER), taken);
    refuses(extending(finished, LONGER), taken, "model.init.extend: was not there");
  }

  @Test
  void shouldRefuseWhereThereIsNoRun() {
    refuses(
        extending(temp.resolve("nowhere"), LONGER),
        temp.resolve("b"),
        "there is no complete checkpoint; give the checkpoints of a finished run");
  }
}
