package org.ijepa.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class CurvesTest {
  /** The numbers that are written at either axis of 200 points, all that were tried included. */
  private static Set<Double> labels(IntToDoubleFunction value) throws Exception {
    Set<Double> labels = new TreeSet<>();
    Curves curves =
        new Curves(
            "title",
            number -> {
              labels.add(number);
              return Curves.label(number);
            });
    List<Integer> steps = IntStream.range(0, 200).boxed().toList();
    curves.line("line", steps, step -> 5.0 * step, value::applyAsDouble);
    assertThat(curves.png()).startsWith(0x89, 'P', 'N', 'G');
    return labels;
  }

  @Test
  void shouldLabelEvenlySpacedValuesAtRoundNumbersOnly() throws Exception {
    assertThat(labels(step -> step)).hasSizeLessThan(40).contains(0.0, 200.0, 800.0);
  }

  @Test
  void shouldLabelSmallValuesAtRoundNumbersOnly() throws Exception {
    assertThat(labels(step -> 2e-4 + 4e-6 * step)).hasSizeLessThan(40).contains(4e-4, 6e-4);
  }

  @Test
  void shouldDrawASinglePointAndAConstant() throws Exception {
    assertThat(labels(step -> 7)).contains(7.0);
    Curves single = new Curves("one");
    single.line("line", List.of(3), step -> step, step -> step);
    assertThat(single.png()).startsWith(0x89, 'P', 'N', 'G');
  }
}
