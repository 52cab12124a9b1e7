package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ijepa.kernel.Matrix.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the kernels are compared with has the derivatives that differences say. */
class NaiveModelTest {
  private static final double STEP = 1e-5;

  private final TinyCase tiny = new TinyCase();
  private final Matrix targets = tiny.targets(Precision.EXACT);

  private Matrix loss(NaiveModel model, List<Matrix> tokens) {
    return tiny.predictions(model, tokens).smoothL1(targets);
  }

  @Test
  void shouldHaveTheDerivativesOfItsLossByEveryWeight() {
    Map<String, Matrix> weights = TinyCase.matrices(tiny.trained);
    NaiveModel model = tiny.model(Precision.EXACT, weights);
    loss(model, tiny.tokens(model)).differentiate(1);

    weights.forEach(
        (name, weight) -> {
          double largest = Arrays.stream(weight.gradient()).map(Math::abs).max().getAsDouble();
          assertThat(largest).as(name).isGreaterThan(1e-4);
          for (int i = 0; i < weight.rows; i++) {
            for (int j = 0; j < weight.columns; j++) {
              double start = weight.at(i, j);
              weight.set(i, j, start + STEP);
              double above = loss(model, tiny.tokens(model)).at(0, 0);
              weight.set(i, j, start - STEP);
              double below = loss(model, tiny.tokens(model)).at(0, 0);
              weight.set(i, j, start);
              assertThat(weight.gradientAt(i, j))
                  .as("%s [%d, %d]", name, i, j)
                  .isCloseTo((above - below) / (2 * STEP), within(1e-6 * largest));
            }
          }
        });
  }

  @Test
  void shouldHaveTheDerivativesOfItsLossByThePredictorsInput() {
    NaiveModel model = tiny.model(Precision.EXACT);
    List<Matrix> tokens = tiny.tokens(model);
    loss(model, tokens).differentiate(1);

    for (Matrix each : tokens) {
      for (int i = 0; i < each.rows; i++) {
        for (int j = 0; j < each.columns; j++) {
          double start = each.at(i, j);
          each.set(i, j, start + STEP);
          double above = loss(model, tokens).at(0, 0);
          each.set(i, j, start - STEP);
          double below = loss(model, tokens).at(0, 0);
          each.set(i, j, start);
          assertThat(each.gradientAt(i, j)).isCloseTo((above - below) / (2 * STEP), within(1e-8));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.5",
    "1, 0.841344746068542949",
    "-2, 0.0227501319481792072",
    "3.5, 0.999767370920964475"
  })
  void shouldKnowTheNormalDistribution(double x, double share) {
    assertThat(Matrix.normal(x)).isCloseTo(share, within(1e-14));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1.00390625, 1",
    "1.01171875, 1.015625",
    "1.0039064, 1.0078125",
    "-3.1415927, -3.140625",
    "1e-3, 9.994507e-4"
  })
  void shouldRoundToBfloat16(float exact, double rounded) {
    double found = Matrix.of(1, 1, exact).as(Precision.BF16).at(0, 0);
    assertThat(found).isCloseTo(rounded, within(1e-7 * Math.abs(rounded)));
  }
}
