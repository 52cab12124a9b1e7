package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SoftmaxLossTest {
  private static final double STRENGTH = 0.03;

  @Property(tries = 25)
  void shouldGiveTheValueAndGradientOfTheFormula(
      @ForAll @IntRange(min = 2, max = 600) int samples,
      @ForAll @IntRange(min = 1, max = 9) int width,
      @ForAll @IntRange(min = 2, max = 5) int classCount,
      @ForAll long seed) {
    double[][] rows = Blobs.gaussian(samples, width, seed);
    int[] classes = IntStream.range(0, samples).map(n -> n % classCount).toArray();
    double[] point = Blobs.gaussian(1, classCount * (width + 1), seed + 1)[0];
    NaiveSoftmax naive = new NaiveSoftmax(rows, classes, classCount, STRENGTH);
    double[] gradient = new double[point.length];

    double value;
    try (Workers workers = new Workers(2)) {
      value = loss(rows, classes, classCount, workers).at(point, gradient);
    }

    assertThat(value).isCloseTo(naive.value(point), within(1e-9));
    assertThat(gradient).containsExactly(naive.gradient(point), within(1e-9));
  }

  @Test
  void shouldHaveItsMinimumWhereGradientDescentEnds() {
    double[][] rows = Blobs.gaussian(60, 4, 7);
    int[] classes =
        IntStream.range(0, 60).map(n -> rows[n][0] > 0.3 * rows[n][1] ? n % 2 : 2).toArray();
    double[] expected = new NaiveSoftmax(rows, classes, 3, STRENGTH).descend(20_000, 0.5);

    try (Workers workers = new Workers(2)) {
      SoftmaxLoss loss = loss(rows, classes, 3, workers);
      Lbfgs end = Lbfgs.minimise(loss, new double[loss.size()], 1e-10, 500);

      assertThat(end.gradientSize()).isLessThanOrEqualTo(1e-10);
      assertThat(end.iterations()).isLessThan(60);
      assertThat(end.point()).containsExactly(expected, within(1e-7));
    }
  }

  @Test
  void shouldStayFiniteWithEnormousLogits() {
    double[][] rows = {{1000}, {-1000}};
    try (Workers workers = new Workers(1)) {
      SoftmaxLoss loss = loss(rows, new int[] {0, 1}, 2, workers);
      double[] gradient = new double[4];

      double wrong = loss.at(new double[] {-1, 0, 1, 0}, gradient);

      assertThat(wrong).isCloseTo(2000 + STRENGTH, within(1e-9));
      assertThat(gradient).containsExactly(new double[] {-1000, 0, 1000, 0}, within(0.1));
    }
  }

  private static SoftmaxLoss loss(double[][] rows, int[] classes, int classCount, Workers workers) {
    Design design = new Design(rows);
    return new SoftmaxLoss(
        design, classes, classCount, STRENGTH, design.meanOuterProduct(workers), workers);
  }
}
