package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

class RidgeRegressionTest {
  @Test
  void shouldRecoverAnExactLinearRelation() {
    float[][] train = new Blobs(200, 6, 2, 0, 1).rows;
    float[][] test = new Blobs(100, 6, 2, 0, 2).rows;

    RidgeResult result =
        RidgeRegression.fit(train, linear(train, 0, 1), test, linear(test, 0, 2), 0);

    assertThat(result.r2()).isGreaterThan(1 - 1e-9);
    assertThat(result.meanAbsoluteError()).isLessThan(1e-4);
    assertThat(result.strength()).isEqualTo(1e-6);
    assertThat(result.atEdge()).isTrue();
  }

  @Test
  void shouldGiveTheErrorOfTheNoise() {
    // Signal variance 4 + 1, noise variance 1: R^2 = 5/6, mean absolute error sqrt(2 / pi).
    float[][] train = new Blobs(3000, 6, 2, 0, 1).rows;
    float[][] test = new Blobs(3000, 6, 2, 0, 2).rows;

    RidgeResult result =
        RidgeRegression.fit(train, linear(train, 1, 1), test, linear(test, 1, 2), 0);

    assertThat(result.r2()).isCloseTo(5 / 6.0, within(0.015));
    assertThat(result.meanAbsoluteError()).isCloseTo(Math.sqrt(2 / Math.PI), within(0.03));
    assertThat(result.meanGuessError())
        .isCloseTo(Math.sqrt(6) * Math.sqrt(2 / Math.PI), within(0.08));
    Interval interval = result.errorInterval();
    assertThat(interval.contains(result.meanAbsoluteError())).isTrue();
    // 2 * 1.96 * sqrt((1 - 2 / pi) / 3000)
    assertThat(interval.high() - interval.low()).isCloseTo(0.0432, within(0.005));
  }

  @Test
  void shouldFindNothingInNoise() {
    float[][] train = new Blobs(400, 20, 2, 0, 1).rows;
    float[][] test = new Blobs(400, 20, 2, 0, 2).rows;
    double[] trainLabels = Blobs.gaussian(1, 400, 3)[0];
    double[] testLabels = Blobs.gaussian(1, 400, 4)[0];

    RidgeResult result = RidgeRegression.fit(train, trainLabels, test, testLabels, 0);

    assertThat(result.r2()).isBetween(-0.1, 0.02);
  }

  @Test
  void shouldShrinkOneFeatureByTheClosedForm() {
    // Standardised feature -1, 1; labels 10, 14: slope 2 / (1 + strength) about the mean 12.
    float[][] train = {{0}, {2}};
    double[] labels = {10, 14};
    RidgeRegression.Options options = new RidgeRegression.Options(List.of(3.0), 0.2, 10, 1);

    RidgeResult result =
        RidgeRegression.fit(
            train, labels, new float[][] {{3}, {1}}, new double[] {0, 12}, 0, options);

    // Predictions 12 + 2 * 2 / 4 = 13 and 12.
    assertThat(result.meanAbsoluteError()).isCloseTo(6.5, within(1e-12));
    assertThat(result.r2()).isCloseTo(1 - 169 / 72.0, within(1e-12));
    assertThat(result.trials()).isEmpty();
  }

  @Test
  void shouldChooseAStrongerPenaltyForMoreFeaturesThanSamples() {
    float[][] train = new Blobs(60, 200, 2, 0, 1).rows;
    float[][] test = new Blobs(500, 200, 2, 0, 2).rows;
    double[] trainLabels = linear(train, 2, 1);
    double[] testLabels = linear(test, 2, 2);

    RidgeResult chosen = RidgeRegression.fit(train, trainLabels, test, testLabels, 0);

    RidgeRegression.Options weak = new RidgeRegression.Options(List.of(1e-6), 0.2, 10, 1);
    assertThat(chosen.strength()).isGreaterThan(1e-2);
    assertThat(chosen.meanAbsoluteError())
        .isLessThan(
            RidgeRegression.fit(train, trainLabels, test, testLabels, 0, weak).meanAbsoluteError());
    double least =
        chosen.trials().stream().mapToDouble(RidgeResult.Trial::squaredError).min().orElseThrow();
    assertThat(chosen.trials()).contains(new RidgeResult.Trial(chosen.strength(), least));
  }

  @Test
  void shouldGiveTheSameBitsWithAnyNumberOfThreads() {
    float[][] train = new Blobs(600, 150, 2, 0, 1).rows;
    float[][] test = new Blobs(300, 150, 2, 0, 2).rows;

    List<RidgeResult> results =
        IntStream.of(1, 2, 5)
            .mapToObj(
                threads ->
                    RidgeRegression.fit(
                        train,
                        linear(train, 1, 1),
                        test,
                        linear(test, 1, 2),
                        9,
                        new RidgeRegression.Options(List.of(1.0, 0.1), 0.2, 50, threads)))
            .toList();

    assertThat(results.get(1)).isEqualTo(results.get(0));
    assertThat(results.get(2)).isEqualTo(results.get(0));
  }

  @Test
  void shouldBootstrapTheMean() {
    double[] values = IntStream.range(0, 400).mapToDouble(n -> n % 2).toArray();

    Interval interval = RidgeRegression.bootstrap(values, 4000, RandomKey.of(1, "test"));

    // 0.5 -+ 1.96 * 0.5 / 20
    assertThat(interval.low()).isCloseTo(0.451, within(0.006));
    assertThat(interval.high()).isCloseTo(0.549, within(0.006));
    assertThat(RidgeRegression.bootstrap(values, 4000, RandomKey.of(1, "test")))
        .isEqualTo(interval);
  }

  @Test
  void shouldReportEverythingAsJsonAndText() {
    float[][] train = new Blobs(100, 6, 2, 0, 1).rows;
    double[] labels = linear(train, 1, 1);

    RidgeResult result = RidgeRegression.fit(train, labels, train, labels, 42);

    assertThat(result.toJson().get("r2").asDouble()).isEqualTo(result.r2());
    assertThat(result.toJson().get("mean_absolute_error_interval_95").get(1).asDouble())
        .isEqualTo(result.errorInterval().high());
    assertThat(result.toJson().get("trials")).hasSize(17);
    assertThat(result.text()).contains("100 training samples, 6 features", "seed 42", "R^2 0.");
  }

  /** 5 + 2 times feature 0 minus feature 3 plus noise. */
  private static double[] linear(float[][] rows, double noise, long seed) {
    KeyedRandom random = RandomKey.of(seed, "noise").stream();
    return Arrays.stream(rows)
        .mapToDouble(row -> 5 + 2.0 * row[0] - row[3] + noise * random.nextGaussian())
        .toArray();
  }
}
