package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DepthBucketsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "7.9999, 0",
    "8, 1",
    "8.4999, 1",
    "8.5, 2",
    "9, 3",
    "9.4, 3",
    "9.5, 4",
    "10, 5",
    "99.9, 5"
  })
  void shouldBeginEachBucketAtItsLowerBound(double distance, int bucket) {
    assertThat(DepthBuckets.of(distance)).isEqualTo(bucket);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 100, Double.NaN})
  void shouldRefuseDistancesOutside(double distance) {
    assertThatThrownBy(() -> DepthBuckets.of(distance)).isInstanceOf(Failure.class);
  }

  @Test
  void shouldNameItsBounds() {
    assertThat(DepthBuckets.text())
        .startsWith("classes:  0: 0 - 8  1: 8 - 8.5")
        .endsWith("10 - 100");
  }
}
