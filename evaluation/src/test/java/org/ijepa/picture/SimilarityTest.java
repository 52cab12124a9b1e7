package org.ijepa.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SimilarityTest {
  @Test
  void shouldCompareAPatchWithAllByAngle() {
    float[] picture = {1, 0, 3, 0, 0, 2, -1, 0, 1, 1, 0, 0};
    double[] cosines = Similarity.toPatch(picture, 2, 0);
    assertThat(cosines)
        .usingComparatorWithPrecision(1e-9)
        .containsExactly(1, 1, 0, -1, Math.sqrt(0.5), 0);
  }

  @Test
  void shouldOrderNeighboursAndLeaveTheRowItselfOut() {
    List<float[]> rows =
        List.of(new float[] {1, 0}, new float[] {0, 1}, new float[] {5, 1}, new float[] {-1, 0});
    assertThat(Similarity.nearest(rows, 0, 2)).containsExactly(2, 1);
  }

  @Test
  void shouldTakeZeroAsUnlikeEverything() {
    assertThat(Similarity.cosine(new float[2], 0, new float[] {1, 2}, 0, 2))
        .isCloseTo(0, within(0.0));
  }
}
