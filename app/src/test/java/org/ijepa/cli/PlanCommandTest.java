package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ijepa.settings.MachineSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The machines in conf/plan, and what is planned on them. */
final class PlanCommandTest {
  private static final Path ROOT = Path.of("..");
  private static final Path MACHINES = ROOT.resolve("conf/plan");

  static List<Path> machines() throws IOException {
    try (Stream<Path> files = Files.list(MACHINES)) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }

  private static String plan(String... options) {
    List<String> words = new ArrayList<>(List.of("plan"));
    words.addAll(List.of(options));
    Outcome outcome = Outcome.run(words.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.out();
  }

  /** The published run: ViT-H/14 on two nodes of eight. */
  private static String sixteenA100(String... more) {
    List<String> options = new ArrayList<>(List.of("--config", config("vith14.conf")));
    options.addAll(List.of("--machine", MACHINES.resolve("a100.conf").toString()));
    options.addAll(List.of("--nodes", "2"));
    options.addAll(List.of(more));
    return plan(options.toArray(String[]::new));
  }

  private static String config(String name) {
    return ROOT.resolve("conf").resolve(name).toString();
  }

  private static double number(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  @ParameterizedTest
  @MethodSource("machines")
  void shouldLoadEveryMachine(Path file) {
    assertThat(MachineSettings.load(Optional.of(file), List.of()).name())
        .isNotEqualTo(MachineSettings.load(Optional.empty(), List.of()).name());
  }

  @Test
  void shouldWarnOfMachinesOfWhichNothingIsSaid() {
    String warning = "warning: nothing is said of the machines";
    String[] unknown = {"plan", "--runs=1", "--set=optimization.steps=10", "--set=seed=1"};
    assertThat(Outcome.run(unknown).err()).contains(warning);
    unknown[3] = "--set=machine.compute.flops=1e12";
    assertThat(Outcome.run(unknown).err()).isEmpty();
    unknown[3] = "--machine=" + MACHINES.resolve("a100.conf");
    assertThat(Outcome.run(unknown).err()).isEmpty();
  }

  @Test
  void shouldHaveMachines() throws IOException {
    assertThat(machines()).extracting(file -> file.getFileName().toString()).contains("a100.conf");
  }

  /** The paper trained it in less than 72 hours; the data sheet's speed would take about 20. */
  @Test
  void shouldBeWithinThePublishedTimeOfViTHugeOnSixteenA100() {
    String text = sixteenA100("--runs", "20");
    assertThat(text).startsWith("2 nodes of 8 x A100, 16 trainers; 187,500 steps of 2,048 images");
    assertThat(number(text, "time: ([0-9.]+) h;")).isBetween(30.0, 72.0);
  }

  @Test
  void shouldSayWhatTheDocumentationShows() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/scaling.md"));
    String command =
        "./ijepa plan --config conf/vith14.conf --machine conf/plan/a100.conf --nodes 2\n";
    String shown = page.substring(page.indexOf(command) + command.length());
    shown = shown.substring(0, shown.indexOf("\n\nThe published figure"));
    String text = sixteenA100();
    assertThat(shown.strip().lines().map(String::strip))
        .isEqualTo(text.strip().lines().map(String::strip).toList());
  }

  /**
   * Medians of five runs were 1.36 to 1.62 s for 16 images at 31.5 GFLOP
   * (bench/results/step-2026-11-30.md); what is planned has masks of other lengths.
   */
  @Test
  void shouldPlanTheSpeedThatWasMeasuredOnTwoCores() {
    List<String> sets = new ArrayList<>();
    for (String set :
        List.of(
            "model.encoder=vit-small",
            "model.patch-size=16",
            "model.predictor.width=192",
            "model.predictor.depth=6",
            "optimization.global-batch=16",
            "optimization.micro-batch=16",
            "order.streams=1")) {
      sets.addAll(List.of("--set", set));
    }
    List<String> words = new ArrayList<>(List.of("check"));
    words.addAll(sets);
    double teraflop =
        number(
            Outcome.run(words.toArray(String[]::new)).out(),
            "a step: ([0-9.]+) TFLOP for 16 images");
    sets.addAll(List.of("--machine", MACHINES.resolve("epyc-2-cores.conf").toString()));
    sets.addAll(List.of("--images", "4000", "--runs", "5"));
    double seconds = number(plan(sets.toArray(String[]::new)), "a step: ([0-9.]+) s,");

    double measured = 16 * 0.0315;
    assertThat(seconds / teraflop).isBetween(1.36 / measured, 1.62 / measured);
  }
}
