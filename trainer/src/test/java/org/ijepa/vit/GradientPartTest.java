package org.ijepa.vit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.ijepa.vit.Parameter.Network;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientPartTest {
  /** Blocks of 12 x 32 x 32 and of 12 x 16 x 16 elements. */
  private static final Layout SMALL =
      Layout.of(new Geometry(32, 8, 3, 32, 3, 2, 128, 16, 2, 2, 64, 1e-6, 1e-5));

  private static final long BLOCK = 12 * 32 * 32;

  @ParameterizedTest
  @ValueSource(longs = {1, 3000, BLOCK, BLOCK + 1, 2 * BLOCK, Long.MAX_VALUE})
  void shouldHaveEachMatrixOnceInTheOrderOfABackwardPass(long least) {
    List<GradientPart> parts = GradientPart.of(SMALL, least);

    // Each network from its end to its entry, the predictor's end being stage 3, the encoder's 4.
    List<GradientPart> predictor = of(parts, Network.PREDICTOR);
    List<GradientPart> encoder = of(parts, Network.ENCODER);
    List<GradientPart> inOrder = new ArrayList<>(predictor);
    inOrder.addAll(encoder);
    assertThat(parts).isEqualTo(inOrder);
    follow(predictor, 4, least);
    follow(encoder, 5, least);

    List<GradientPart> stored = new ArrayList<>(parts);
    stored.sort(Comparator.comparingLong(GradientPart::offset));
    long next = 0;
    for (GradientPart part : stored) {
      assertThat(part.offset()).isEqualTo(next);
      next += part.size();
    }
    assertThat(next).isEqualTo(SMALL.encoderMatrices() + SMALL.predictorMatrices());
  }

  private static List<GradientPart> of(List<GradientPart> parts, Network network) {
    return parts.stream().filter(part -> part.network() == network).toList();
  }

  private static void follow(List<GradientPart> parts, int stages, long least) {
    int to = stages;
    for (GradientPart part : parts) {
      assertThat(part.to()).isEqualTo(to);
      to = part.from();
      if (to > 0) {
        assertThat(part.size()).isGreaterThanOrEqualTo(least);
      }
    }
    assertThat(to).isZero();
  }

  /** The matrices of a part are those of its stages. */
  @Test
  void shouldLieWhereItsStagesAre() {
    List<GradientPart> parts = GradientPart.of(SMALL, BLOCK);
    List<GradientPart> encoder = of(parts, Network.ENCODER);
    assertThat(encoder.get(0))
        .isEqualTo(
            new GradientPart(Network.ENCODER, 3, 5, offset("blocks.2.attn.qkv.weight"), BLOCK));
    assertThat(encoder.get(1))
        .isEqualTo(
            new GradientPart(Network.ENCODER, 2, 3, offset("blocks.1.attn.qkv.weight"), BLOCK));
    // The entry alone would be smaller than what is asked for, and is all that is left.
    assertThat(encoder).hasSize(4);
    assertThat(encoder.get(3))
        .isEqualTo(
            new GradientPart(
                Network.ENCODER, 0, 1, offset("patch_embed.proj.weight"), 3L * 8 * 8 * 32));
    assertThat(GradientPart.of(SMALL, 1).get(0))
        .isEqualTo(
            new GradientPart(Network.PREDICTOR, 3, 4, offset("predictor_proj.weight"), 16 * 32));
  }

  private static long offset(String name) {
    return SMALL.parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElseThrow()
        .offset();
  }
}
