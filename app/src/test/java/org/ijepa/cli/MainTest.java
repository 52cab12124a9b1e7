package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.ijepa.version.ProgramVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MainTest {
  @TempDir Path folder;

  @Test
  void shouldPrintTheConfigurationWithOrigins() throws Exception {
    Path file = Files.writeString(folder.resolve("mine.conf"), "seed = 12\n");
    Outcome outcome = run("check", "--config", file.toString(), "--set", "data.uri=s3://b/p");
    assertThat(outcome.code()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .containsPattern("seed += 12 +# .*mine.conf:1")
        .containsPattern("data.uri += \"s3://b/p\" +# --set")
        .containsPattern("# meaning: [0-9a-f]{64}")
        .contains("# ema: enough time constants from 5000 steps on");
  }

  @Test
  void shouldWarnOfAnAverageThatIsTooSlowForTheRun() {
    assertThat(run("check", "--set", "optimization.steps=1500").out())
        .contains("# warning: the target encoder's average has 3.0 time constants in 1500 steps");
    assertThat(run("check", "--set", "optimization.steps=10000").out())
        .contains("# ema: 20 time constants in the run");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimization.global-batch=256 | optimization.lr = 0.0010 is 8 times the published recipe's",
        "optimization.lr=5e-3 | optimization.lr = 0.0050 is 5 times the published recipe's",
        "mask.group-size=2048 | groups of 2048 contexts keep ",
        "optimization.steps=500 | checkpoint.every-steps = 500 is no less than the run's 500 steps",
      })
  void shouldWarnOfWhatIsUnwise(String set, String warning) {
    String[] wise = {"check", "--set", "order.streams=1", "--set", "mask.group-size=32"};
    assertThat(run(wise).out()).doesNotContain("# warning: ");
    String[] unwise = Arrays.copyOf(wise, 7);
    unwise[5] = "--set";
    unwise[6] = set;
    assertThat(run(unwise).out()).contains("# warning: " + warning);
  }

  /** What is known of small encoders: bench/results/fashion-mnist-2026-11-30b.md. */
  @ParameterizedTest
  @CsvSource({
    "fashion-mnist.conf, 1e-3, false",
    "fashion-mnist.conf, 2e-3, true",
    "quickstart.conf, 1e-3, false",
    "quickstart.conf, 2e-3, true",
    "vitb16.conf, 1e-3, false",
  })
  void shouldWarnOfALearningRateThatIsMoreThanAnyThatWasSeenToLearn(
      String file, String rate, boolean warned) {
    Outcome outcome =
        run("check", "--config", "../conf/" + file, "--set", "optimization.lr=" + rate);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    String warning = "# warning: optimization.lr = ";
    if (warned) {
      assertThat(outcome.out())
          .contains(warning, "learned with 0.001 at 128 images and collapsed with 0.002");
    } else {
      assertThat(outcome.out()).doesNotContain(warning);
    }
  }

  /** The same batch with four times the published rate is within what is allowed. */
  @Test
  void shouldAllowASmallEncoderMoreThanTheProportion() {
    String[] small = {
      "check",
      "--config=../conf/fashion-mnist.conf",
      "--set=optimization.global-batch=1024",
      "--set=order.streams=1",
      "--set=optimization.lr=2e-3"
    };
    assertThat(run(small).out()).doesNotContain("# warning: optimization.lr");
    small[4] = "--set=optimization.lr=2.1e-3";
    assertThat(run(small).out()).contains("# warning: optimization.lr");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "chek                       | ijepa: unknown command chek; did you mean check",
        "check --confg x            | ijepa: unknown option --confg; did you mean --config?",
        "check extra                | ijepa: unexpected argument extra; see ijepa check --help",
        "check --config             | ijepa: missing required parameter for option '--config' (FILE)",
        "check --config no.conf     | ijepa: no configuration file no.conf that can be read",
        "check --set seed=x         | ijepa: seed = x (--set); it must be a whole number",
        "check --set sede=3         | ijepa: unknown key sede (--set); did you mean seed?",
        "s3 --dir nowhere           | ijepa: nowhere is not a folder; name the one that holds the buckets",
        "masks --out x.gif          | ijepa: x.gif would hold a PNG picture; end its name in .png",
        "plan --nodes 0             | ijepa: --nodes must be at least 1; see ijepa plan --help",
        "plan --chart x.png         | ijepa: --chart needs several --nodes; see ijepa plan --help",
        "plan --machine no.conf     | ijepa: no configuration file no.conf that can be read; see conf/",
        "plan --set machine.device=2 | ijepa: unknown key machine.device (--set); did you mean machine.devices?",
        "plan --set machine.devices=0 | ijepa: machine.devices = 0 (--set); it must be at least 1",
        "ledger verify --run nowhere | ijepa: nowhere holds no ledger.jsonl that can be read; give the folder",
        "parity --case nowhere      | ijepa: nowhere: no recorded case here; give the folder that holds",
        "dataset scenes --out /proc/x | ijepa: the folder /proc/x cannot be created (nothing can be made in that place); name",
        "dashboard --run nowhere    | ijepa: nowhere is not a folder; give that of a run",
        "dashboard --run . --http x | ijepa: --http x is no address; give a port or host:port",
        "cluster --nodes 2          | ijepa: data.uri is not set; say where the images are",
        "chaos --run . --count 0    | ijepa: --count is 0; it must be at least 1",
        "chaos --run . --every 0s   | ijepa: --every is 0 ms; it must be above 0",
        "chaos --run . --patience 0 | ijepa: --patience is 0 ms; it must be above 0",
        "quickstart --images 3      | ijepa: --images is 3; it must be at least 100",
        "--debug                    | ijepa: a command is missing; see ijepa --help",
      })
  void shouldExplainWrongUsageInOneLine(String line, String expected) {
    Outcome outcome = run(line.split(" "));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).startsWith(expected);
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @Test
  void shouldSayWhyAFolderCannotBeMade() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(run("dataset", "scenes", "--out", file + "/below").err())
        .startsWith("ijepa: the folder " + file + "/below cannot be created (not a directory); ");
  }

  @Test
  void shouldCountOneNodeAsOne() {
    assertThat(run("plan", "--runs", "1", "--set", "optimization.steps=10").out())
        .startsWith("1 node of unnamed machines, 1 trainer; 10 steps");
    assertThat(run("plan", "--runs", "1", "--nodes", "2", "--set", "optimization.steps=10").out())
        .startsWith("2 nodes of unnamed machines, 2 trainers; 10 steps");
  }

  @Test
  void shouldShowTheStackTraceWhereItIsAskedFor() {
    assertThat(run("check", "--set", "sede=3", "--debug").err())
        .contains("\tat org.ijepa.settings.");
  }

  @Test
  void shouldNameItsVersionAndThatOfJava() {
    Outcome outcome = run("--version");
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).matches("ijepa \\d+\\.\\d+\\S* \\(Java \\S+\\)\\R");
    assertThat(outcome.out()).startsWith("ijepa " + ProgramVersion.text() + " ");
  }

  @Test
  void shouldHelpWithExamplesAndExitCodes() {
    assertThat(run("--help").out()).contains("Usage: ijepa", "check", "Examples:", "5 interrupted");
    assertThat(run("help", "check").out()).contains("--config", "--set", "--debug");
  }
}
