package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;

class InputsTest {
  private static final float[][] ROWS = {{1, 2}, {3, 4}, {5, 6}};
  private static final int[] LABELS = {0, 1, 0};

  @Test
  void shouldNameAndCountFeaturesThatAreNotFinite() {
    float[][] broken = {{1, 2}, {Float.NaN, Float.POSITIVE_INFINITY}, {5, Float.NaN}};

    assertRefused(
        () -> LinearProbe.fit(ROWS, LABELS, broken, LABELS, 0),
        "3 test feature values in 2 of 3 rows are not finite; the first: row 1, feature 0 is NaN");
  }

  @Test
  void shouldRefuseRowsOfDifferentLengths() {
    assertRefused(
        () -> LinearProbe.fit(new float[][] {{1, 2}, {3}}, LABELS, ROWS, LABELS, 0),
        "training row 1 has 1 values, row 0 has 2");
    assertRefused(
        () -> LinearProbe.fit(ROWS, LABELS, new float[][] {{1}}, new int[] {0}, 0),
        "training features have 2 values a row, test features 1");
  }

  @Test
  void shouldRefuseEmptyParts() {
    assertRefused(
        () -> LinearProbe.fit(ROWS, LABELS, new float[0][], new int[0], 0),
        "there are no test features");
    assertRefused(
        () -> LinearProbe.fit(null, LABELS, ROWS, LABELS, 0), "there are no training features");
    assertRefused(
        () -> LinearProbe.fit(new float[3][0], LABELS, ROWS, LABELS, 0),
        "training features have no values");
  }

  @Test
  void shouldRefuseMissingLabels() {
    assertRefused(
        () -> LinearProbe.fit(ROWS, null, ROWS, LABELS, 0),
        "there are no training labels for 3 rows");
    assertRefused(
        () -> LinearProbe.fit(ROWS, LABELS, ROWS, new int[] {0, -1, -1}, 0),
        "2 of 3 test labels are missing; the first: row 1 (label -1)");
    assertRefused(
        () ->
            RidgeRegression.fit(
                ROWS, new double[] {1, 2, Double.NaN}, ROWS, new double[] {1, 2, 3}, 0),
        "1 of 3 training labels are missing; the first: row 2 (label NaN)");
  }

  @Test
  void shouldRefuseAnotherNumberOfLabels() {
    assertRefused(
        () -> LinearProbe.fit(ROWS, new int[] {0, 1}, ROWS, LABELS, 0),
        "2 training labels for 3 rows");
  }

  @Test
  void shouldRefuseASingleClass() {
    int[] same = {4, 4, 4};

    assertRefused(
        () -> LinearProbe.fit(ROWS, same, ROWS, LABELS, 0), "all 3 training labels are 4");
    assertRefused(
        () ->
            NearestNeighbours.fit(
                ROWS, same, ROWS, LABELS, new NearestNeighbours.Options(1, 0.07, 1)),
        "all 3 training labels are 4");
  }

  @Test
  void shouldRefuseRealLabelsThatDoNotVary() {
    double[] same = {2.5, 2.5, 2.5};
    double[] vary = {1, 2, 3};

    assertRefused(
        () -> RidgeRegression.fit(ROWS, same, ROWS, vary, 0), "all 3 training labels are 2.5");
    assertRefused(
        () -> RidgeRegression.fit(ROWS, vary, ROWS, same, 0), "all 3 test labels are 2.5");
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .hasMessage(message)
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.BAD_DATA);
              assertThat(failure.hint()).isNotBlank();
            });
  }
}
