package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CholeskyTest {
  @Property(tries = 30)
  void shouldSolveWhatItFactored(
      @ForAll @IntRange(min = 1, max = 40) int width, @ForAll long seed) {
    double[][] gram;
    try (Workers workers = new Workers(1)) {
      gram = new Design(Blobs.gaussian(2 * width, width, seed)).meanOuterProduct(workers);
    }
    double[] solution = Blobs.gaussian(1, width, seed + 1)[0];
    double[] b = new double[width];
    for (int i = 0; i < width; i++) {
      for (int j = 0; j < width; j++) {
        b[i] += (0.7 * gram[i][j] + (i == j ? 0.1 : 0)) * solution[j];
      }
    }

    Cholesky.of(gram, 0.7, 0.1).solve(b);

    assertThat(b).containsExactly(solution, within(1e-9));
  }

  @Test
  void shouldRefuseAMatrixThatIsNotPositiveDefinite() {
    double[][] singular = {{1, 1}, {1, 1}};

    assertThatThrownBy(() -> Cholesky.of(singular, 1, 0))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("row 1");
  }
}
