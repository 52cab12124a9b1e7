package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ijepa.failure.Failure;
import org.ijepa.probe.LinearProbe.Head;
import org.ijepa.probe.LowShot.PerClass;
import org.ijepa.probe.LowShot.Share;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class LowShotTest {
  private static final LinearProbe.Options FAST = LinearProbe.Options.defaults().with(1e-2);

  /** 3 classes, as many rows of each as stated, around centres that are 2 apart. */
  private static float[][] rows(int[] labels, long seed) {
    KeyedRandom random = RandomKey.of(seed, "test").stream();
    float[][] rows = new float[labels.length][3];
    for (int n = 0; n < rows.length; n++) {
      for (int d = 0; d < 3; d++) {
        rows[n][d] = (float) (random.nextGaussian() + (labels[n] == d ? 2 : 0));
      }
    }
    return rows;
  }

  private static int[] labels(int... counts) {
    return IntStream.range(0, counts.length)
        .flatMap(c -> IntStream.generate(() -> c).limit(counts[c]))
        .toArray();
  }

  private static int[] counts(int[] labels, int[] chosen) {
    int[] counts = new int[3];
    Arrays.stream(chosen).forEach(n -> counts[labels[n]]++);
    return counts;
  }

  @Test
  void shouldChooseTheSameShareOfEachClassAndAtLeastOne() {
    int[] labels = labels(200, 104, 7);
    int[] chosen = LowShot.choose(labels, new Share(0.1), RandomKey.of(1, "test"));
    assertThat(counts(labels, chosen)).containsExactly(20, 10, 1);
    assertThat(chosen).isSorted().doesNotHaveDuplicates();
    assertThat(new Share(0.01).text()).isEqualTo("1 % of each class");
  }

  @Test
  void shouldChooseSoManyOfEachClassOrAllThereAre() {
    int[] labels = labels(20, 10, 2);
    int[] chosen = LowShot.choose(labels, new PerClass(4), RandomKey.of(1, "test"));
    assertThat(counts(labels, chosen)).containsExactly(4, 4, 2);
  }

  @Test
  void shouldChooseEachRowAsOftenAsAnyOther() {
    int[] labels = labels(10, 10, 10);
    int[] times = new int[30];
    for (int draw = 0; draw < 3000; draw++) {
      int[] chosen = LowShot.choose(labels, new PerClass(3), RandomKey.of(2, "test").with(draw));
      Arrays.stream(chosen).forEach(n -> times[n]++);
    }
    // 900 expected, deviation 25.
    assertThat(Arrays.stream(times).min().orElseThrow()).isGreaterThan(790);
    assertThat(Arrays.stream(times).max().orElseThrow()).isLessThan(1010);
  }

  @Test
  void shouldAverageOverDrawsThatDiffer() {
    int[] labels = labels(100, 100, 100);
    int[] asked = labels(80, 80, 80);
    LowShotResult result =
        LowShot.fit(rows(labels, 1), labels, rows(asked, 2), asked, new PerClass(5), 6, 3, FAST);

    assertThat(result.draws()).hasSize(6);
    assertThat(result.draws().stream().map(ProbeResult::accuracy).distinct().count())
        .isGreaterThan(1);
    assertThat(result.draws()).allMatch(draw -> draw.trainSamples() == 15);
    assertThat(result.interval().contains(result.accuracy())).isTrue();
    assertThat(result.accuracy()).isBetween(0.6, 0.95);
    assertThat(result.toJson().path("draws")).hasSize(6);
    assertThat(result.text()).contains("5 of each class").contains("mean of 6 draws");
  }

  @Test
  void shouldDrawAlikeWhenAskedAgain() {
    int[] labels = labels(30, 30, 30);
    LowShotResult once =
        LowShot.fit(rows(labels, 1), labels, rows(labels, 2), labels, new PerClass(1), 3, 5, FAST);
    LowShotResult again =
        LowShot.fit(rows(labels, 1), labels, rows(labels, 2), labels, new PerClass(1), 3, 5, FAST);
    assertThat(again).isEqualTo(once);
  }

  @Test
  void shouldRefuseOneDraw() {
    int[] labels = labels(9, 9, 9);
    float[][] rows = rows(labels, 1);
    assertThatThrownBy(() -> LowShot.fit(rows, labels, rows, labels, new PerClass(1), 1, 5, FAST))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("draws = 1");
  }

  @Test
  void shouldHaveStudentsIntervalOfManyDraws() {
    // 2.0423, 2.0003 and 1.9799 at 30, 60 and 120 degrees of freedom.
    for (double[] known : new double[][] {{30, 2.0423}, {60, 2.0003}, {120, 1.9799}}) {
      double[] values = new double[(int) known[0] + 1];
      for (int i = 0; i < values.length; i++) {
        values[i] = i;
      }
      double deviation = Math.sqrt(values.length * (values.length + 1) / 12.0);
      double reach = known[1] * deviation / Math.sqrt(values.length);
      assertThat(Interval.student(values).high() - known[0] / 2)
          .isCloseTo(reach, within(1e-4 * reach));
    }
  }

  @Test
  void shouldHaveStudentsInterval() {
    // Mean 3, deviation sqrt(2.5), 4 degrees of freedom.
    Interval interval = Interval.student(new double[] {1, 2, 3, 4, 5});
    assertThat(interval.high() - 3).isCloseTo(2.776 * Math.sqrt(2.5 / 5), within(1e-9));
    assertThat(3 - interval.low()).isCloseTo(2.776 * Math.sqrt(2.5 / 5), within(1e-9));
  }

  @Test
  void shouldFitPlainFeaturesWithoutShiftOrScaleOfTheirOwn() {
    int[] labels = labels(60, 60, 60);
    float[][] rows = rows(labels, 1);
    float[][] larger = rows(labels, 1);
    float[][] uneven = rows(labels, 1);
    for (int n = 0; n < rows.length; n++) {
      for (int d = 0; d < 3; d++) {
        larger[n][d] *= 1024;
      }
      uneven[n][0] *= 1e-4f;
    }
    LinearProbe.Options plain = FAST.with(Head.PLAIN);
    ProbeResult result = LinearProbe.fit(rows, labels, rows, labels, 1, plain);
    ProbeResult same = LinearProbe.fit(larger, labels, larger, labels, 1, plain);
    ProbeResult other = LinearProbe.fit(uneven, labels, uneven, labels, 1, plain);
    ProbeResult normed = LinearProbe.fit(uneven, labels, uneven, labels, 1, FAST);

    assertThat(same.accuracy()).isEqualTo(result.accuracy());
    // A weak feature hardly counts without a norm of its own, and counts as ever with one.
    assertThat(other.accuracy()).isLessThan(normed.accuracy());
    assertThat(result.toJson().path("head").asText()).isEqualTo("linear");
    assertThat(normed.toJson().path("head").asText()).isEqualTo("batch-norm");
  }
}
