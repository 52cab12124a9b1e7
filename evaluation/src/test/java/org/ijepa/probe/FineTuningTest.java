package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.failure.Failure;
import org.ijepa.probe.FineTuning.Tunable;
import org.ijepa.probe.LowShot.PerClass;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

class FineTuningTest {
  private static final int TRAIN = 60;

  /** Labels 5, 7 and 9 in turn. */
  private static int[] labels(int count) {
    return IntStream.range(0, count).map(n -> 5 + 2 * (n % 3)).toArray();
  }

  /** Learns only at one rate; at others it says the first class, at 1 and more it diverges. */
  private static final class OnlyAtOneRate implements Tunable {
    private final double good;
    private final List<int[]> trained = new ArrayList<>();
    private final List<Double> rates = new ArrayList<>();

    OnlyAtOneRate(double good) {
      this.good = good;
    }

    @Override
    public boolean train(int[] rows, int[] classes, int classCount, double rate, RandomKey key) {
      assertThat(classCount).isEqualTo(3);
      assertThat(Arrays.stream(rows).map(row -> row % 3).toArray()).isEqualTo(classes);
      trained.add(rows);
      rates.add(rate);
      return rate < 1;
    }

    private int[] say(int[] rows) {
      boolean knows = rates.get(rates.size() - 1) == good;
      return Arrays.stream(rows).map(row -> knows ? row % 3 : 0).toArray();
    }

    @Override
    public int[] classify(int[] rows) {
      assertThat(Arrays.stream(rows).boxed())
          .doesNotContainAnyElementsOf(
              Arrays.stream(trained.get(trained.size() - 1)).boxed().toList());
      return say(rows);
    }

    @Override
    public int[] classifyTest() {
      return say(IntStream.range(0, 30).toArray());
    }
  }

  @Test
  void shouldChooseTheRateOnTheFirstDrawsHeldOutImages() {
    OnlyAtOneRate tunable = new OnlyAtOneRate(1e-3);
    List<Double> rates = List.of(1e-4, 1e-3, 1e-2);
    FineTuningResult result =
        FineTuning.fit(
            tunable, labels(TRAIN), labels(30), new PerClass(10), 3, 1, rates, FitProgress.NONE);
    assertThat(result.rate()).isEqualTo(1e-3);
    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.trials())
        .extracting(trial -> trial.accuracy())
        .containsExactly(1 / 3., 1., 1 / 3.);
    assertThat(tunable.trained)
        .extracting(rows -> rows.length)
        .containsExactly(24, 24, 24, 30, 30, 30);
    assertThat(tunable.trained.get(3)).contains(tunable.trained.get(0));
    assertThat(tunable.trained.subList(3, 6))
        .containsExactlyElementsOf(LowShot.draws(labels(TRAIN), new PerClass(10), 3, 1));
  }

  @Test
  void shouldTakeTheMiddleRateWhereNothingCanBeHeldOut() {
    OnlyAtOneRate tunable = new OnlyAtOneRate(1e-3);
    FineTuningResult result =
        FineTuning.fit(
            tunable,
            labels(TRAIN),
            labels(30),
            new PerClass(2),
            2,
            1,
            List.of(1e-4, 3e-4, 1e-3),
            FitProgress.NONE);
    assertThat(result.trials()).isEmpty();
    assertThat(tunable.rates).containsExactly(3e-4, 3e-4);
    assertThat(result.accuracy()).isEqualTo(1 / 3.);
  }

  private static FineTuningResult at(Double... rates) {
    return FineTuning.fit(
        new OnlyAtOneRate(1e-3),
        labels(TRAIN),
        labels(30),
        new PerClass(10),
        2,
        1,
        List.of(rates),
        FitProgress.NONE);
  }

  @Test
  void shouldNotChooseARateThatDiverges() {
    assertThat(at(5., 1e-2).rate()).isEqualTo(1e-2);
    assertThat(at(5., 1e-2).trials()).extracting(trial -> trial.accuracy()).startsWith(0.);
  }

  @Test
  void shouldSayThatTheOnlyRateDiverges() {
    assertThatThrownBy(() -> at(5.))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("fine-tuning at the rate 5.0 diverged");
  }

  @Test
  void shouldAskForAnInterval() {
    assertThatThrownBy(
            () ->
                FineTuning.fit(
                    new OnlyAtOneRate(0.5),
                    labels(TRAIN),
                    labels(30),
                    new PerClass(2),
                    1,
                    1,
                    List.of(0.5),
                    FitProgress.NONE))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("draws = 1");
  }
}
