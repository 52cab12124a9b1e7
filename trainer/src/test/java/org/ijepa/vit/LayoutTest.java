package org.ijepa.vit;

import static org.assertj.core.api.Assertions.assertThat;

import org.ijepa.vit.Parameter.Network;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayoutTest {

  private static Geometry geometry(
      int image, int patch, int width, int depth, int heads, int hidden, int predictorDepth) {
    return new Geometry(
        image, patch, 3, width, depth, heads, hidden, 384, predictorDepth, heads, 1536, 1e-6, 1e-5);
  }

  /** Closed form: patch embedding, then 12 D^2 + 13 D a block (for an MLP of 4 D), then a norm. */
  @ParameterizedTest
  @CsvSource({
    "192, 12, 3, 16, 5486400",
    "384, 12, 6, 16, 21589632",
    "768, 12, 12, 16, 85646592",
    "1024, 24, 16, 16, 303098880",
    "1280, 32, 16, 14, 630434560"
  })
  void shouldHaveAsManyEncoderParametersAsTheFormula(
      int width, int depth, int heads, int patch, long expected) {
    Layout layout = Layout.of(geometry(224, patch, width, depth, heads, 4 * width, 6));
    long formula =
        3L * patch * patch * width
            + width
            + depth * (12L * width * width + 13L * width)
            + 2L * width;

    long count = layout.parameters(Network.ENCODER).stream().mapToLong(Parameter::size).sum();

    assertThat(count).isEqualTo(formula).isEqualTo(layout.targetSize());
    assertThat(count).isEqualTo(expected);
  }

  @Test
  void shouldPlaceParametersOneAfterAnotherWithoutGaps() {
    Layout layout = Layout.of(geometry(64, 8, 192, 3, 3, 768, 2));
    long next = 0;
    for (Parameter parameter : layout.parameters()) {
      assertThat(parameter.offset()).as(parameter.name()).isEqualTo(next);
      next += parameter.size();
    }
    assertThat(next).isEqualTo(layout.size());
  }

  @Test
  void shouldDecayMatricesAndTheMaskTokenOnly() {
    Layout layout = Layout.of(geometry(64, 8, 192, 3, 3, 768, 2));
    for (Parameter parameter : layout.parameters()) {
      boolean decayed = parameter.offset() < layout.decayed();
      assertThat(decayed).as(parameter.name()).isEqualTo(parameter.shape().size() > 1);
    }
  }
}
