package org.ijepa.collapse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VerdictTest {

  private static CollapseMeasures measures(
      double rank, double imageCosine, double targetVariance, double positionShare) {
    return new CollapseMeasures(
        128, 192, rank, 3, 0.1, 0.05, imageCosine, 0.8, targetVariance, positionShare, 0.08, 0.09);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // The start, a good run, and two looks at one without a moving average.
        "22.2 | 0.9881 | 0.281 | 0.34 | normal",
        "21.7 | 0.9921 | 0.183 | 0.33 | normal",
        "20.1 | 0.9986 | 0.030 | 0.27 | watch (what images show makes only 0.0219 of the targets' variance of 1)",
        "20.2 | 0.9997 | 0.005 | 0.33 | collapsing (what images show makes only 0.0033 of the targets' variance of 1, images have a mean cosine of 0.9997)",
        "22   | 0.9    | 0.5   | 0.61 | watch (position explains 61 % of the targets)",
        "22   | 0.9    | 0.95  | 0.96 | collapsing (position explains 96 % of the targets, what images show makes only 0.0380 of the targets' variance of 1)",
        "9    | 0.9    | 0.5   | 0.3  | watch (images differ in 9.0 directions)",
        "2    | 0.9    | 0.5   | 0.3  | collapsing (images differ in 2.0 directions)",
      })
  void shouldSayWhatIsNotNormal(
      double rank, double cosine, double variance, double position, String expected) {
    assertThat(Verdict.of(measures(rank, cosine, variance, position)).line()).isEqualTo(expected);
  }

  @Test
  void shouldCallFeaturesThatAreNoNumbersCollapsing() {
    assertThat(Verdict.of(measures(Double.NaN, 0.9, 0.5, 0.3)).line())
        .isEqualTo("collapsing (features are not finite)");
  }

  @Test
  void shouldShowEveryNumberInItsTable() {
    assertThat(measures(22, 0.9, 0.5, 0.3).table())
        .contains("22.0  of 128 (RankMe less the mean; 3.0 with it)")
        .contains("0.3500")
        .contains("(of each position's mean target: 0.0900)");
  }
}
