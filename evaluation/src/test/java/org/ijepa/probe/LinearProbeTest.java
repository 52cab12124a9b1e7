package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

class LinearProbeTest {
  private static final LinearProbe.Options ONE =
      new LinearProbe.Options(List.of(1e-3), 0.2, 500, 1e-5, 2);

  @Test
  void shouldSeparateWhatIsSeparable() {
    Blobs train = new Blobs(300, 12, 5, 12, 1);
    Blobs test = new Blobs(200, 12, 5, 12, 2);

    ProbeResult result = LinearProbe.fit(train.rows, train.labels, test.rows, test.labels, 0);

    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.interval().low()).isBetween(0.97, 0.99);
    assertThat(result.converged()).isTrue();
  }

  @Test
  void shouldComeNearTheBestPossibleAccuracy() {
    // Centres 2 apart: the best rule is right with probability Phi(1) = 0.8413.
    Blobs train = new Blobs(3000, 4, 2, Math.sqrt(2), 1);
    Blobs test = new Blobs(4000, 4, 2, Math.sqrt(2), 2);

    ProbeResult result = LinearProbe.fit(train.rows, train.labels, test.rows, test.labels, 0);

    assertThat(result.accuracy()).isCloseTo(0.8413, within(0.02));
  }

  @Test
  void shouldFindNothingInNoise() {
    Blobs train = new Blobs(400, 10, 4, 0, 1);
    Blobs test = new Blobs(1000, 10, 4, 0, 2);

    ProbeResult result = LinearProbe.fit(train.rows, train.labels, test.rows, test.labels, 0);

    assertThat(result.accuracy()).isCloseTo(0.25, within(0.06));
  }

  @Test
  void shouldChooseTheStrengthThatPlainGradientDescentWouldChoose() {
    Blobs train = new Blobs(90, 5, 3, 1.2, 3);
    List<Double> grid = List.of(1.0, 0.1, 0.01);
    LinearProbe.Options options = new LinearProbe.Options(grid, 0.3, 500, 1e-9, 2);

    ProbeResult result =
        LinearProbe.fit(train.rows, train.labels, train.rows, train.labels, 11, options);

    Split split = Split.of(train.labels, 3, 0.3, RandomKey.of(11, "probe-validation"));
    float[][] fitted = Split.pick(train.rows, split.indices(false));
    double[][] rows = NaiveSoftmax.standardise(fitted, fitted);
    double[][] held = NaiveSoftmax.standardise(Split.pick(train.rows, split.indices(true)), fitted);
    int[] truth = Split.pick(train.labels, split.indices(true));
    for (int i = 0; i < grid.size(); i++) {
      int[] classes = Split.pick(train.labels, split.indices(false));
      double[] point = new NaiveSoftmax(rows, classes, 3, grid.get(i)).descend(10_000, 0.5);
      assertThat(result.trials().get(i).logLoss())
          .isCloseTo(new NaiveSoftmax(held, truth, 3, 0).value(point), within(1e-6));
      assertThat(result.trials().get(i).accuracy()).isEqualTo(accuracy(held, truth, point));
      assertThat(result.trials().get(i).strength()).isEqualTo(grid.get(i));
    }
    assertThat(result.strength()).isEqualTo(Trial.best(result.trials()).strength());
  }

  @Test
  void shouldPredictAsPlainGradientDescentOnAllTrainingSamples() {
    Blobs train = new Blobs(90, 5, 3, 1.2, 3);
    Blobs test = new Blobs(200, 5, 3, 1.2, 4);
    LinearProbe.Options options = new LinearProbe.Options(List.of(0.02), 0.2, 500, 1e-9, 2);

    ProbeResult result =
        LinearProbe.fit(train.rows, train.labels, test.rows, test.labels, 0, options);

    double[][] rows = NaiveSoftmax.standardise(train.rows, train.rows);
    double[] point = new NaiveSoftmax(rows, train.labels, 3, 0.02).descend(10_000, 0.5);
    double[][] held = NaiveSoftmax.standardise(test.rows, train.rows);
    assertThat(result.accuracy()).isEqualTo(accuracy(held, test.labels, point));
    assertThat(result.trials()).isEmpty();
  }

  @Test
  void shouldPreferAccuracyThenLossThenAStrongPenalty() {
    Trial strong = new Trial(1, 0.8, 0.5, 9, true);
    Trial same = new Trial(0.1, 0.8, 0.5, 9, true);
    Trial lowerLoss = new Trial(0.01, 0.8, 0.4, 9, true);
    Trial accurate = new Trial(0.001, 0.9, 3, 9, true);

    assertThat(Trial.best(List.of(same, strong))).isEqualTo(strong);
    assertThat(Trial.best(List.of(strong, same, lowerLoss))).isEqualTo(lowerLoss);
    assertThat(Trial.best(List.of(strong, same, accurate, lowerLoss))).isEqualTo(accurate);
  }

  @Test
  void shouldGiveTheSameBitsWithAnyNumberOfThreads() {
    Blobs train = new Blobs(700, 150, 4, 1.5, 1);
    Blobs test = new Blobs(300, 150, 4, 1.5, 2);
    ProbeResult one = fitWithThreads(train, test, 1);

    for (int threads : new int[] {2, 3, 8}) {
      assertThat(fitWithThreads(train, test, threads)).isEqualTo(one);
    }
    assertThat(one.trials()).hasSize(3);
  }

  private static ProbeResult fitWithThreads(Blobs train, Blobs test, int threads) {
    LinearProbe.Options options =
        new LinearProbe.Options(List.of(0.1, 0.01, 0.001), 0.2, 200, 1e-6, threads);
    return LinearProbe.fit(train.rows, train.labels, test.rows, test.labels, 5, options);
  }

  @Test
  void shouldNotCareForScaleAndShiftOfFeatures() {
    Blobs train = new Blobs(300, 6, 3, 2, 1);
    Blobs test = new Blobs(300, 6, 3, 2, 2);
    ProbeResult plain = LinearProbe.fit(train.rows, train.labels, test.rows, test.labels, 0, ONE);

    ProbeResult moved =
        LinearProbe.fit(moved(train.rows), train.labels, moved(test.rows), test.labels, 0, ONE);

    assertThat(moved.classification()).isEqualTo(plain.classification());
  }

  private static float[][] moved(float[][] rows) {
    return Arrays.stream(rows)
        .map(
            row -> {
              float[] out = row.clone();
              for (int d = 0; d < out.length; d++) {
                out[d] = 1024 * out[d] + 64 * d;
              }
              return out;
            })
        .toArray(float[][]::new);
  }

  @Test
  void shouldTakeAnyNumbersAsLabels() {
    Blobs train = new Blobs(120, 6, 3, 9, 1);
    Blobs test = new Blobs(60, 6, 3, 9, 2);
    int[] names = {1000, 0, 7};

    ProbeResult result =
        LinearProbe.fit(
            train.rows,
            Arrays.stream(train.labels).map(c -> names[c]).toArray(),
            test.rows,
            Arrays.stream(test.labels).map(c -> names[c]).toArray(),
            0,
            ONE);

    assertThat(result.classification().labels()).containsExactly(0, 7, 1000);
    assertThat(result.accuracy()).isEqualTo(1);
  }

  @Test
  void shouldCountATestLabelThatWasNeverTrainedAsWrong() {
    Blobs train = new Blobs(100, 6, 2, 9, 1);
    Blobs test = new Blobs(90, 6, 3, 9, 2);

    ProbeResult result = LinearProbe.fit(train.rows, train.labels, test.rows, test.labels, 0, ONE);

    assertThat(result.classification().correct()).isEqualTo(60);
    assertThat(result.text()).contains("1 labels of the test set have no training sample");
  }

  @Test
  void shouldIgnoreFeaturesThatDoNotVary() {
    Blobs train = new Blobs(100, 6, 2, 9, 1);
    Blobs test = new Blobs(100, 6, 2, 9, 2);
    for (float[] row : train.rows) {
      row[5] = 0.1f;
    }
    for (float[] row : test.rows) {
      row[5] = 1e6f;
    }

    ProbeResult result = LinearProbe.fit(train.rows, train.labels, test.rows, test.labels, 0, ONE);

    assertThat(result.constantFeatures()).isEqualTo(1);
    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.text()).contains("1 features do not vary");
  }

  @Test
  void shouldSayGuessTheMajorityOfACollapsedEncoder() {
    float[][] same = new float[50][8];
    int[] labels = IntStream.range(0, 50).map(n -> n % 5 == 0 ? 1 : 0).toArray();

    ProbeResult result = LinearProbe.fit(same, labels, same, labels, 0);

    assertThat(result.constantFeatures()).isEqualTo(8);
    assertThat(result.accuracy()).isEqualTo(result.classification().majorityAccuracy());
  }

  @Test
  void shouldReportEverythingAsJsonAndText() {
    Blobs train = new Blobs(90, 5, 3, 2, 3);
    LinearProbe.Options options = new LinearProbe.Options(List.of(1e-2, 1e3), 0.3, 500, 1e-6, 2);

    ProbeResult result =
        LinearProbe.fit(train.rows, train.labels, train.rows, train.labels, 42, options);

    assertThat(result.toJson().get("seed").asLong()).isEqualTo(42);
    assertThat(result.toJson().get("strength").asDouble()).isEqualTo(result.strength());
    assertThat(result.toJson().get("trials").get(0).get("strength").asDouble()).isEqualTo(1e3);
    assertThat(result.toJson().get("accuracy").asDouble()).isEqualTo(result.accuracy());
    assertThat(result.text())
        .contains("90 training samples, 5 features, L2 strength 0.01", "end of the grid", "seed 42")
        .contains(result.classification().summary());
  }

  @Test
  void shouldSayWhereTheFitDidNotConverge() {
    Blobs train = new Blobs(90, 5, 3, 1, 3);
    LinearProbe.Options options = new LinearProbe.Options(List.of(1e-6), 0.2, 1, 1e-9, 1);

    ProbeResult result =
        LinearProbe.fit(train.rows, train.labels, train.rows, train.labels, 0, options);

    assertThat(result.converged()).isFalse();
    assertThat(result.text()).contains("stopped after 1 iterations");
  }

  @Test
  void shouldRefuseSeveralStrengthsWithNothingToHoldOut() {
    float[][] rows = {{0, 1}, {1, 0}};
    int[] labels = {0, 1};

    assertThatThrownBy(() -> LinearProbe.fit(rows, labels, rows, labels, 0))
        .isInstanceOf(Failure.class)
        .hasMessage("none of 2 classes has two training samples: nothing to hold out");
    assertThat(LinearProbe.fit(rows, labels, rows, labels, 0, ONE).accuracy()).isEqualTo(1);
  }

  @Test
  void shouldRefuseWrongOptions() {
    assertThatThrownBy(() -> new LinearProbe.Options(List.of(), 0.2, 1, 1e-5, 1))
        .isInstanceOfSatisfying(
            Failure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.WRONG_USAGE));
    assertThatThrownBy(() -> new LinearProbe.Options(List.of(0.0), 0.2, 1, 1e-5, 1))
        .hasMessage("strength of the penalty = 0.0");
    assertThatThrownBy(() -> new LinearProbe.Options(List.of(1.0), 1, 1, 1e-5, 1))
        .hasMessage("share of validation = 1.0");
    assertThatThrownBy(() -> new LinearProbe.Options(List.of(1.0), 0.2, 1, 1e-5, 0))
        .hasMessageContaining("threads = 0");
  }

  private static double accuracy(double[][] rows, int[] truth, double[] point) {
    int correct = 0;
    for (int n = 0; n < rows.length; n++) {
      double[] p = NaiveSoftmax.probabilities(rows[n], point, 3);
      int best = p[0] >= p[1] && p[0] >= p[2] ? 0 : p[1] >= p[2] ? 1 : 2;
      correct += best == truth[n] ? 1 : 0;
    }
    return (double) correct / rows.length;
  }
}
