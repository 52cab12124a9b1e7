package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class BestOfTest {

  private static BestOf.Tried tried(String features, double validation, int correct) {
    int[] labels = {0, 0, 0, 0, 1, 1, 1, 1};
    int[] predicted = labels.clone();
    for (int n = correct; n < labels.length; n++) {
      predicted[n] = 1 - labels[n];
    }
    return new BestOf.Tried(
        features,
        new ProbeResult(
            Classification.of(labels, labels, predicted),
            LinearProbe.Head.PLAIN,
            0.1,
            0,
            8,
            2,
            0,
            List.of(new Trial(1, 0.1, 1, 1, true), new Trial(0.1, validation, 1, 1, true)),
            1,
            true));
  }

  @Test
  void shouldTakeTheBestByValidationWhateverTheTestSays() {
    BestOf best = new BestOf(List.of(tried("last block", 0.5, 8), tried("last 4 blocks", 0.7, 3)));
    assertThat(best.best().features()).isEqualTo("last 4 blocks");
    assertThat(best.toJson().path("accuracy").asDouble()).isEqualTo(3 / 8.0);
    assertThat(best.toJson().path("tried")).hasSize(2);
    assertThat(best.text())
        .containsPattern("last block +linear +50.0 % +100.0 %")
        .containsPattern("last 4 blocks +linear +70.0 % +37.5 % .*best by validation");
  }

  @Test
  void shouldTakeTheFirstOfEquals() {
    BestOf best = new BestOf(List.of(tried("a", 0.7, 1), tried("b", 0.7, 8)));
    assertThat(best.best().features()).isEqualTo("a");
  }
}
