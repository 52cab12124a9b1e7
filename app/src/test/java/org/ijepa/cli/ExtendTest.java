package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.run.RunFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of two steps, extended by two more, and what the commands say of it. */
final class ExtendTest {
  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path first;
  private static Path second;

  @BeforeAll
  static void pretrain() {
    first = shared.resolve("first");
    second = shared.resolve("second");
    Path scenes = shared.resolve("scenes");
    String[] render = {
      "dataset", "scenes", "--count", "24", "--size", "32", "--out", scenes.toString()
    };
    assertThat(run(render).code()).isZero();
    List<String> arguments = new ArrayList<>(List.of("pretrain", "--out", first.toString()));
    arguments.addAll(
        TinyModel.sets("data.uri=" + scenes, "model.encoder=\"16/2/2\"", "optimization.steps=2"));
    Outcome outcome = run(arguments.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err() + outcome.out()).isZero();
    outcome = extend(first, second, "optimization.steps=4");
    assertThat(outcome.code()).as(outcome.err() + outcome.out()).isZero();
    assertThat(outcome.out())
        .contains("extends first from step 2 (step-000000002-g")
        .contains("all 4 steps are done");
  }

  private static Outcome extend(Path run, Path out, String... sets) {
    List<String> arguments =
        new ArrayList<>(List.of("pretrain", "--extend", run.toString(), "--out", out.toString()));
    for (String set : sets) {
      arguments.addAll(List.of("--set", set));
    }
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void shouldProveThatItsLedgerBeginsWithThatOfTheRunBefore() {
    Outcome outcome = run("ledger", "verify", "--run", second.toString());
    assertThat(outcome.code()).as(outcome.out()).isZero();
    assertThat(outcome.out())
        .contains("4 steps, 0 of them skipped")
        .contains("steps 0 to 1 are those of first, which ended with step-000000002-g")
        .contains("steps 2 to 3 are this run's own")
        .contains("epoch 1: 24 of 24 places used, 24 different samples")
        .endsWith("ledger: proven\n");
  }

  @Test
  void shouldFindALineageThatIsNotTheLedgers() throws IOException {
    Path copy = Files.createDirectories(temp.resolve("copy"));
    Files.copy(second.resolve("ledger.jsonl"), copy.resolve("ledger.jsonl"));
    String lineage = Files.readString(RunFolder.lineage(second));
    Files.writeString(
        RunFolder.lineage(copy),
        lineage.replaceFirst("\"ledger_head\" : \"[0-9a-f]{8}", "\"ledger_head\" : \"00000000"));

    Outcome outcome = run("ledger", "verify", "--run", copy.toString());
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.out())
        .contains("WRONG the first 2 steps are not those of first")
        .endsWith("ledger: WRONG\n");
  }

  @Test
  void shouldShowItsLineage() throws IOException {
    assertThat(run("report", "--no-pictures", "--run", second.toString()).code()).isZero();
    assertThat(Files.readString(second.resolve("report.html")))
        .contains("<p>Extends first from step 2 (step-000000002-g");
    String resolved = Files.readString(second.resolve("resolved.conf"));
    assertThat(resolved)
        .containsPattern("model.init.extend += \"" + RunFolder.checkpoints(first) + "\" +# --set")
        .containsPattern("optimization.steps += 4 +# --set");
    assertThat(run("check", "--config", second.resolve("resolved.conf").toString()).out())
        .contains("# extends the run in " + RunFolder.checkpoints(first) + ": begins at the step");
  }

  @Test
  void shouldNameTheCommandOnceARunIsFinished() {
    assertThat(run("pretrain", "--config", first + "/resolved.conf", "--out", "" + first).out())
        .contains("ijepa pretrain --extend " + first + " --out NEW --set optimization.steps=MORE");
  }

  @Test
  void shouldSayInOneLineWhatCannotBeExtended() {
    assertThat(extend(first, first, "optimization.steps=4").err())
        .isEqualTo(
            "ijepa: a run cannot be extended in its own folder, "
                + first
                + "; name a new folder with --out\n");
    assertThat(extend(temp, temp.resolve("b")).err())
        .isEqualTo(
            "ijepa: --extend: "
                + temp
                + " holds no resolved.conf that can be read; give the folder of a finished run\n");
    Outcome outcome = extend(first, temp.resolve("b"));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err())
        .startsWith("ijepa: the run in " + RunFolder.checkpoints(first) + " cannot be extended: ")
        .contains("2 steps in all are no more than it has; set a larger optimization.steps")
        .hasLineCount(1);
    outcome = extend(first, temp.resolve("c"), "optimization.steps=4", "model.predictor.width=16");
    assertThat(outcome.err()).contains("model.predictor.width: was 8, is 16; only").hasLineCount(1);
  }
}
