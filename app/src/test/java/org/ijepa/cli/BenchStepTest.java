package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchStepTest {
  private static final List<String> TINY =
      List.of(
          "bench",
          "step",
          "--encoder",
          "vit-tiny",
          "--patch-size",
          "16",
          "--image-size",
          "96",
          "--predictor-width",
          "24",
          "--predictor-depth",
          "1",
          "--micro-batch",
          "2",
          "--context",
          "12",
          "--target",
          "5",
          "--precision",
          "fp32",
          "--steps",
          "3");

  private static Outcome run(String... more) {
    List<String> all = new ArrayList<>(TINY);
    all.addAll(List.of(more));
    return Outcome.run(all.toArray(String[]::new));
  }

  @Test
  void shouldSayAllOfAStepInALineOfJson() throws IOException {
    Outcome outcome = run("--json");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out().lines()).hasSize(1);
    JsonNode line = new ObjectMapper().readTree(outcome.out());
    assertThat(line.path("width").asInt()).isEqualTo(192);
    assertThat(line.path("predictor_width").asInt()).isEqualTo(24);
    double median = line.path("step_ms_median").asDouble();
    assertThat(median).isPositive();
    assertThat(line.path("step_ms_min").asDouble()).isPositive().isLessThanOrEqualTo(median);
    assertThat(line.path("images_per_s").asDouble()).isPositive();
    assertThat(line.path("gemm_share").asDouble()).isBetween(0.0, 1.5);
    assertThat(line.path("peak_rss_mb").asLong()).isPositive();
    List<String> phases = new ArrayList<>();
    line.path("phase_ms").fieldNames().forEachRemaining(phases::add);
    assertThat(phases)
        .containsExactly(
            "input",
            "target",
            "context",
            "predictor",
            "backward",
            "reduce",
            "settle",
            "optimizer",
            "ema");
    double[] sum = {0};
    line.path("phase_ms").forEach(phase -> sum[0] += phase.asDouble());
    assertThat(sum[0]).isPositive();
  }

  @Test
  void shouldMeasureBfloat16() {
    List<String> all = new ArrayList<>(TINY);
    all.set(all.indexOf("fp32"), "bf16");
    Outcome outcome = Outcome.run(all.toArray(String[]::new));
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("bf16: ").contains("of a large product");
  }

  @Test
  void shouldRefuseWhatCannotBeMeasured() {
    Outcome outcome = run("--json", "--peer", "nobody");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("nobody could not run the comparison");

    List<String> all = new ArrayList<>(TINY);
    all.set(all.indexOf("12"), "37");
    outcome = Outcome.run(all.toArray(String[]::new));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("an image has only 36 patches: a --context of 37");
  }
}
