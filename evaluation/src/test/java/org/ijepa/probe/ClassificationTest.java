package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClassificationTest {
  // Label 9 has no training sample, 7 no test sample.
  private static final int[] TRAIN = {3, 3, 3, 5, 5, 7};
  private static final int[] TEST = {3, 3, 3, 3, 5, 5, 9};
  private static final int[] PREDICTED = {3, 3, 3, 5, 5, 3, 7};

  private final Classification found = Classification.of(TRAIN, TEST, PREDICTED);

  @Test
  void shouldCountByTrueAndPredictedLabel() {
    assertThat(found.labels()).containsExactly(3, 5, 7, 9);
    assertThat(found.confusion())
        .containsExactly(
            List.of(3, 1, 0, 0), List.of(1, 1, 0, 0), List.of(0, 0, 0, 0), List.of(0, 0, 1, 0));
  }

  @Test
  void shouldGiveAccuraciesAndTheirInterval() {
    assertThat(found.correct()).isEqualTo(4);
    assertThat(found.accuracy()).isEqualTo(4 / 7.0);
    assertThat(found.interval()).isEqualTo(Interval.wilson(4, 7));
    assertThat(found.balancedAccuracy()).isCloseTo((0.75 + 0.5 + 0) / 3, within(1e-12));
    assertThat(found.majorityAccuracy()).isEqualTo(4 / 7.0);
  }

  @Test
  void shouldGiveARowForEachClass() {
    assertThat(found.classes())
        .containsExactly(
            new Classification.PerClass(3, 3, 4, 4, 3),
            new Classification.PerClass(5, 2, 2, 2, 1),
            new Classification.PerClass(7, 1, 0, 1, 0),
            new Classification.PerClass(9, 0, 1, 0, 0));
    assertThat(found.classes().get(0).precision()).isEqualTo(0.75);
    assertThat(found.classes().get(2).recall()).isNaN();
    assertThat(found.classes().get(3).precision()).isNaN();
  }

  @Test
  void shouldWriteJsonThatReadsBack() throws Exception {
    JsonNode json = new ObjectMapper().readTree(found.toJson().toString());

    assertThat(json.get("accuracy").asDouble()).isEqualTo(4 / 7.0);
    assertThat(json.get("accuracy_interval_95").get(0).asDouble())
        .isEqualTo(found.interval().low());
    assertThat(json.get("confusion").get(1).toString()).isEqualTo("[1,1,0,0]");
    assertThat(json.get("classes").get(2).get("recall").isNull()).isTrue();
    assertThat(json.get("classes").get(2).get("recall_interval_95").toString())
        .isEqualTo("[null,null]");
    assertThat(json.get("classes").get(0).get("precision").asDouble()).isEqualTo(0.75);
  }

  @Test
  void shouldSayInWordsWhatMatters() {
    assertThat(found.text())
        .startsWith("accuracy 57.1 % (95 %: 25.0 - 84.2), 4 of 7")
        .contains("1 labels of the test set have no training sample")
        .contains("confusion (row: true label, column: predicted)")
        .containsPattern("\n +5 +1 +1 +0 +0\n");
  }

  @Test
  void shouldCallClassesByTheirNames() {
    String text = found.text(label -> "dog".repeat(label / 4 * 2) + label);

    assertThat(text)
        .containsPattern("\n +3 +3 +4 +75.0 %")
        .containsPattern("\n +dogdog5 +2 +2 +50.0 %")
        .containsPattern("\ndogdogdogdog9 +0 +1 +0.0 %")
        // Too long for a column: numbered in both directions.
        .containsPattern("\n +1 +2 +3 +4\n")
        .containsPattern("\n +dogdog5 2 +1 +1 +0 +0\n")
        .containsPattern("\ndogdogdogdog9 4 +0 +0 +1 +0$");
    String shortNames = found.text(label -> "c" + label);
    assertThat(shortNames)
        .containsPattern("\n +c3 +c5 +c7 +c9\n")
        .containsPattern("\n +c5 +1 +1 +0 +0\n");
    assertThat(found.text(label -> "x".repeat(100) + label))
        .contains("x".repeat(31) + "… ")
        .doesNotContain("x".repeat(32));
  }

  @Test
  void shouldLeaveLongTablesToTheJson() {
    int[] labels = IntStream.range(0, 100).toArray();

    String text = Classification.of(labels, labels, labels).text();

    assertThat(text).contains("100 classes").doesNotContain("confusion");
  }
}
