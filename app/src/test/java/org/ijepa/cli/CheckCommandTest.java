package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.ijepa.cli.Outcome.run;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code check} says that a step takes, against counts of this test's own. */
final class CheckCommandTest {
  private static final double GIB = 1L << 30;
  private static final double MIB = 1L << 20;

  private static String check(String... sets) {
    List<String> words = new ArrayList<>(List.of("check"));
    for (String set : sets) {
      words.addAll(List.of("--set", set));
    }
    Outcome outcome = run(words.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.out();
  }

  /** The numbers of a line, in its order. */
  private static double[] numbers(String text, String line) {
    Matcher found = Pattern.compile(line).matcher(text);
    assertThat(found.find()).as("%s in %s", line, text).isTrue();
    double[] numbers = new double[found.groupCount()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Double.parseDouble(found.group(i + 1));
    }
    return numbers;
  }

  /** Products of a block of which all of {@code n} tokens come out, or only some. */
  private static double block(double d, double hidden, double n, double wanted) {
    double queriesKeysValues = n * d * 3 * d;
    double scoresAndValues = 2 * wanted * n * d;
    double projection = wanted * d * d;
    double mlp = 2 * wanted * d * hidden;
    return 2 * (queriesKeysValues + scoresAndValues + projection + mlp);
  }

  private static double encoder(double d, double hidden, int depth, double patch, double n) {
    return n * 2 * 3 * patch * patch * d + depth * block(d, hidden, n, n);
  }

  @Test
  void shouldSayWhatAStepOfViTHugeTakes() {
    String text =
        check(
            "model.encoder=vit-huge",
            "model.patch-size=14",
            "data.image-size=448",
            "optimization.global-batch=2048",
            "optimization.micro-batch=16");
    assertThat(numbers(text, "# parameters: ([0-9.]+) M in the encoder, ([0-9.]+) M in the pred"))
        .containsExactly(630.4, 22.3);
    double[] masks =
        numbers(text, "contexts of ([0-9.]+) of ([0-9]+) patches, 4 targets of ([0-9.]+)");
    assertThat(masks[1]).isEqualTo(32 * 32);
    double target = encoder(1280, 5120, 32, 14, 1024);
    double context = 3 * encoder(1280, 5120, 32, 14, masks[0]);
    double sequence = masks[0] + masks[2];
    double one =
        11 * block(384, 1536, sequence, sequence)
            + block(384, 1536, sequence, masks[2])
            + 2 * masks[2] * 384 * 1280;
    double predictor = 3 * (4 * one + 2 * masks[0] * 1280 * 384);
    double all = target + context + predictor;

    double[] step =
        numbers(
            text,
            "# a step: ([0-9.e+]+) TFLOP for 2048 images: ([0-9]+) % target encoder, ([0-9]+) %"
                + " context encoder, ([0-9]+) % predictor");
    // Three digits, of mean lengths with one decimal.
    assertThat(step[0]).isCloseTo(all * 2048 / 1e12, within(0.006 * step[0]));
    assertThat(step[1]).isCloseTo(100 * target / all, within(0.6));
    assertThat(step[2]).isCloseTo(100 * context / all, within(0.6));
    assertThat(step[3]).isCloseTo(100 * predictor / all, within(0.6));
  }

  /** Numbers of the line about memory: all, state, micro-batch, micro-batch the other way. */
  private static double[] memory(String precision, int images) {
    return numbers(
        check(
            "model.encoder=vit-small",
            "model.patch-size=16",
            "data.image-size=224",
            "model.predictor.width=192",
            "model.predictor.depth=6",
            "optimization.precision=" + precision,
            "optimization.micro-batch=" + images),
        "# memory of a trainer: about ([0-9.]+) GiB: ([0-9.]+) for weights, gradient and moments,"
            + " ([0-9.]+) for a micro-batch of "
            + images
            + " \\(([0-9.]+) with optimization.activation-checkpointing = true\\)");
  }

  @Test
  void shouldSayWhatMemoryAReplicaTakes() {
    double encoder = 21_589_632;
    double encoderMatrices = 768 * 384 + 12.0 * 12 * 384 * 384;
    double predictorMatrices = 2.0 * 384 * 192 + 6.0 * 12 * 192 * 192;
    double predictor = predictorMatrices + 192 + 192 + 6 * 13.0 * 192 + 2 * 192 + 384;
    // Weights, gradient, two moments and the target encoder in float32; matrices in bfloat16, too.
    double plain = 4 * 4 * (encoder + predictor) + 4 * encoder;
    double mixed = plain + 2 * (encoderMatrices + predictorMatrices);

    assertThat(memory("fp32", 16)[1]).isCloseTo(plain / GIB, within(0.0051));
    assertThat(memory("bf16", 16)[1]).isCloseTo(mixed / GIB, within(0.0051));
  }

  /**
   * Measured with contexts of 100 patches (bench/results/backward-2026-11-25.md), where the longest
   * that a run may meet have up to 168, and most of a step's memory grows with them.
   */
  @ParameterizedTest
  @CsvSource({"bf16, 730", "fp32, 1255"})
  void shouldSayWhatMemoryAStepTakes(String precision, double measuredMib) {
    double measured = measuredMib * MIB / GIB;
    double[] memory = memory(precision, 16);
    assertThat(memory[2]).isBetween(measured, 1.68 * measured);
    assertThat(memory[3]).isBetween(0.1 * memory[2], 0.4 * memory[2]);
    assertThat(memory[0]).isCloseTo(memory[1] + memory[2], within(0.011));
    // But for libraries and the gradients of two blocks it goes with the images.
    assertThat(memory(precision, 32)[2]).isBetween(1.85 * memory[2], 2.02 * memory[2]);
  }
}
