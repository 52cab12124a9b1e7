package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;

class NearestNeighboursTest {
  @Property(tries = 25)
  void shouldPredictLikeSortingAllCosines(
      @ForAll @IntRange(min = 5, max = 300) int samples,
      @ForAll @IntRange(min = 3, max = 12) int width,
      @ForAll @IntRange(min = 1, max = 5) int k,
      @ForAll long seed) {
    Blobs train = new Blobs(samples, width, 3, 1, seed);
    Blobs test = new Blobs(40, width, 3, 1, seed + 1);

    NeighbourResult result =
        NearestNeighbours.fit(train.rows, train.labels, test.rows, test.labels, options(k, 0.1));

    int[] expected = Arrays.stream(test.rows).mapToInt(row -> naive(train, row, k, 0.1)).toArray();
    assertThat(result.classification())
        .isEqualTo(Classification.of(train.labels, test.labels, expected));
  }

  private static int naive(Blobs train, float[] query, int k, double temperature) {
    List<Integer> nearest =
        IntStream.range(0, train.rows.length)
            .boxed()
            .sorted(Comparator.comparingDouble(n -> -cosine(train.rows[n], query)))
            .limit(k)
            .toList();
    double[] votes = new double[3];
    for (int n : nearest) {
      votes[train.labels[n]] += Math.exp(cosine(train.rows[n], query) / temperature);
    }
    return IntStream.range(0, 3).reduce(0, (best, c) -> votes[c] > votes[best] ? c : best);
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int d = 0; d < a.length; d++) {
      ab += (double) a[d] * b[d];
      aa += (double) a[d] * a[d];
      bb += (double) b[d] * b[d];
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void shouldWeighNeighboursByTemperature() {
    // One neighbour of label 0 at cosine 1, two of label 1 at cosine 0.8.
    float[][] train = {{1, 0}, {0.8f, 0.6f}, {0.8f, -0.6f}};
    int[] labels = {0, 1, 1};
    float[][] test = {{5, 0}};

    assertThat(predicted(train, labels, test, options(3, 0.07))).isZero();
    assertThat(predicted(train, labels, test, options(3, 10))).isEqualTo(1);
    // exp(0.2 / t) = 2 at t = 0.2885.
    assertThat(predicted(train, labels, test, options(3, 0.28))).isZero();
    assertThat(predicted(train, labels, test, options(3, 0.30))).isEqualTo(1);
  }

  @Test
  void shouldWorkWithTinyTemperatures() {
    float[][] train = {{1, 0}, {0, 1}};

    assertThat(predicted(train, new int[] {0, 1}, new float[][] {{0.1f, 1}}, options(2, 1e-6)))
        .isEqualTo(1);
  }

  @Test
  void shouldPreferEarlierRowsAndLowerLabelsAmongEquals() {
    float[][] train = {{2, 0}, {1, 0}, {3, 0}};
    float[][] test = {{1, 0}};

    assertThat(predicted(train, new int[] {9, 4, 4}, test, options(1, 0.07))).isEqualTo(9);
    assertThat(predicted(train, new int[] {9, 4, 4}, test, options(2, 0.07))).isEqualTo(4);
  }

  @Test
  void shouldFindTheLargestInOrder() {
    double[] values = {0.1, 0.9, 0.5, 0.9, -1, 0.7};

    assertThat(NearestNeighbours.nearest(values, 4)).containsExactly(1, 3, 5, 2);
  }

  @Test
  void shouldGiveTheSameWithAnyNumberOfThreads() {
    Blobs train = new Blobs(600, 40, 4, 1, 1);
    Blobs test = new Blobs(333, 40, 4, 1, 2);

    List<NeighbourResult> results =
        IntStream.of(1, 2, 5)
            .mapToObj(
                threads ->
                    NearestNeighbours.fit(
                        train.rows,
                        train.labels,
                        test.rows,
                        test.labels,
                        new NearestNeighbours.Options(20, 0.07, threads)))
            .toList();

    assertThat(results.get(1)).isEqualTo(results.get(0));
    assertThat(results.get(2)).isEqualTo(results.get(0));
    assertThat(results.get(0).accuracy()).isBetween(0.26, 0.8);
  }

  @Test
  void shouldTakeARowOfZeros() {
    float[][] train = {{0, 0}, {1, 0}};

    assertThat(predicted(train, new int[] {3, 5}, new float[][] {{2, 0}}, options(1, 0.07)))
        .isEqualTo(5);
    assertThat(predicted(train, new int[] {3, 5}, new float[][] {{-2, 0}}, options(1, 0.07)))
        .isEqualTo(3);
  }

  @Test
  void shouldRefuseMoreNeighboursThanSamples() {
    float[][] rows = {{0, 1}, {1, 0}};
    int[] labels = {0, 1};

    assertThatThrownBy(
            () ->
                NearestNeighbours.fit(
                    rows, labels, rows, labels, NearestNeighbours.Options.defaults()))
        .hasMessage("k = 20 neighbours of 2 training samples")
        .isInstanceOfSatisfying(
            Failure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.WRONG_USAGE));
  }

  @Test
  void shouldRefuseATemperatureOfZero() {
    assertThatThrownBy(() -> new NearestNeighbours.Options(20, 0, 1))
        .hasMessageContaining("temperature = 0.0");
  }

  @Test
  void shouldReportItsSettings() {
    float[][] rows = {{0, 1}, {1, 0}};
    int[] labels = {0, 1};

    NeighbourResult result = NearestNeighbours.fit(rows, labels, rows, labels, options(1, 0.07));

    assertThat(result.toJson().get("k").asInt()).isEqualTo(1);
    assertThat(result.toJson().get("accuracy").asDouble()).isEqualTo(1);
    assertThat(result.text()).contains("k = 1, temperature 0.07").contains("accuracy 100.0 %");
  }

  private static NearestNeighbours.Options options(int k, double temperature) {
    return new NearestNeighbours.Options(k, temperature, 2);
  }

  /** The label of the one test row: the predicted column that holds its count. */
  private static int predicted(
      float[][] train, int[] labels, float[][] test, NearestNeighbours.Options options) {
    Classification found =
        NearestNeighbours.fit(train, labels, test, new int[] {labels[0]}, options).classification();
    return found.classes().stream()
        .filter(one -> one.predicted() == 1)
        .mapToInt(Classification.PerClass::label)
        .findFirst()
        .orElseThrow();
  }
}
