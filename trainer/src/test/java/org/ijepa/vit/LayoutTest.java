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

  private static long count(Layout layout, Network network) {
    return layout.parameters(network).stream().mapToLong(Parameter::size).sum();
  }

  /** Four square matrices and two of the MLP, with their biases, and two norms. */
  private static long block(long width, long hidden) {
    return 4 * width * width + 2 * width * hidden + 5 * width + hidden + 4 * width;
  }

  /**
   * Closed form: patch embedding, blocks, a norm. The numbers are those of a list of all tensors of
   * the published code, made apart from this program.
   */
  @ParameterizedTest
  @CsvSource({
    "192, 12, 3, 768, 16, 224, 5486400",
    "192, 12, 3, 768, 14, 224, 5451840",
    "384, 12, 6, 1536, 16, 224, 21589632",
    "384, 12, 6, 1536, 14, 224, 21520512",
    "768, 12, 12, 3072, 16, 224, 85646592",
    "768, 12, 12, 3072, 14, 224, 85508352",
    "1024, 24, 16, 4096, 16, 224, 303098880",
    "1024, 24, 16, 4096, 14, 224, 302914560",
    "1280, 32, 16, 5120, 14, 224, 630434560",
    "1280, 32, 16, 5120, 16, 448, 630664960",
    "1280, 32, 16, 5120, 14, 448, 630434560",
    "1408, 40, 16, 6144, 16, 224, 1011092608",
    "1408, 40, 16, 6144, 14, 448, 1010839168"
  })
  void shouldHaveAsManyEncoderParametersAsTheFormula(
      int width, int depth, int heads, int hidden, int patch, int image, long expected) {
    Layout layout = Layout.of(geometry(image, patch, width, depth, heads, hidden, 6));
    long formula = 3L * patch * patch * width + width + depth * block(width, hidden) + 2L * width;

    assertThat(count(layout, Network.ENCODER)).isEqualTo(formula).isEqualTo(layout.targetSize());
    assertThat(formula).isEqualTo(expected);
  }

  /**
   * What classifiers of these shapes are known to have: a class token, learnt positions and a layer
   * of 1,000 classes more. The first two are DeiT's (timm: 5.72 and 22.05 M), those from 768 to
   * 1280 are {@code num_params} of torchvision's vit_b_16, vit_l_16 and vit_h_14 (of 224 and 518
   * pixels), the last is timm's vit_giant_patch14_224 (1,012.61 M).
   */
  @ParameterizedTest
  @CsvSource({
    "192, 12, 3, 768, 16, 224, 5717416",
    "384, 12, 6, 1536, 16, 224, 22050664",
    "768, 12, 12, 3072, 16, 224, 86567656",
    "1024, 24, 16, 4096, 16, 224, 304326632",
    "1280, 32, 16, 5120, 14, 224, 632045800",
    "1280, 32, 16, 5120, 14, 518, 633470440",
    "1408, 40, 16, 6144, 14, 224, 1012611432"
  })
  void shouldHaveTheParametersOfPublishedClassifiers(
      int width, int depth, int heads, int hidden, int patch, int image, long published) {
    Geometry geometry = geometry(image, patch, width, depth, heads, hidden, 6);
    long classToken = width;
    long positions = (geometry.patches() + 1L) * width;
    long classes = 1000L * width + 1000;

    assertThat(count(Layout.of(geometry), Network.ENCODER) + classToken + positions + classes)
        .isEqualTo(published);
  }

  /**
   * Closed form of the published predictors, width 384: a layer in, a mask token, blocks, a norm, a
   * layer out. The numbers are again of a list of all tensors.
   */
  @ParameterizedTest
  @CsvSource({
    "192, 12, 3, 768, 6, 10795968",
    "384, 12, 6, 1536, 6, 10943616",
    "768, 12, 12, 3072, 6, 11238912",
    "1024, 24, 16, 4096, 12, 22082560",
    "1280, 32, 16, 5120, 12, 22279424",
    "1408, 40, 16, 6144, 16, 29475712"
  })
  void shouldHaveAsManyPredictorParametersAsTheFormula(
      int width, int depth, int heads, int hidden, int predictorDepth, long expected) {
    Layout layout = Layout.of(geometry(224, 16, width, depth, heads, hidden, predictorDepth));
    long predictor = 384;
    long formula =
        width * predictor
            + predictor
            + predictor
            + predictorDepth * block(predictor, 4 * predictor)
            + 2 * predictor
            + predictor * width
            + width;

    assertThat(count(layout, Network.PREDICTOR)).isEqualTo(formula).isEqualTo(expected);
    assertThat(layout.size()).isEqualTo(layout.targetSize() + expected);
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
