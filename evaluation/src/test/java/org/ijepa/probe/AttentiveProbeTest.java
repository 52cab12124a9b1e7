package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.ijepa.failure.Failure;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class AttentiveProbeTest {
  private static final int PATCHES = 6;
  private static final int WIDTH = 3;
  private static final AttentiveProbe.Options OPTIONS =
      new AttentiveProbe.Options(2, List.of(0.03, 0.1), 0.01, 15, 32, 0.2);

  /**
   * Images in which one patch is marked (feature 0) and bears its class in feature 1; the features
   * of the others are such that the average of an image is zero, whatever its class.
   */
  private static final class Marked {
    final float[][] rows;
    final int[] labels;

    Marked(int images, long seed) {
      rows = new float[images][PATCHES * WIDTH];
      labels = new int[images];
      KeyedRandom random = RandomKey.of(seed, "marked").stream();
      for (int n = 0; n < images; n++) {
        labels[n] = n % 2;
        int marked = random.nextInt(PATCHES);
        float side = labels[n] == 0 ? -1 : 1;
        for (int p = 0; p < PATCHES; p++) {
          boolean here = p == marked;
          rows[n][p * WIDTH] = here ? 1 : -1f / (PATCHES - 1);
          rows[n][p * WIDTH + 1] = here ? side : -side / (PATCHES - 1);
          rows[n][p * WIDTH + 2] = p % 2 == 0 ? 0.5f : -0.5f;
        }
      }
    }

    float[][] averages() {
      float[][] out = new float[rows.length][WIDTH];
      for (int n = 0; n < rows.length; n++) {
        for (int i = 0; i < rows[n].length; i++) {
          out[n][i % WIDTH] += rows[n][i] / PATCHES;
        }
      }
      return out;
    }
  }

  private static final Marked TRAIN = new Marked(200, 1);
  private static final Marked TEST = new Marked(100, 2);

  private static AttentiveResult fit(long seed) {
    return AttentiveProbe.fit(
        TRAIN.rows, TRAIN.labels, TEST.rows, TEST.labels, WIDTH, seed, OPTIONS);
  }

  @Test
  void shouldLearnWhatAveragesDoNotHold() {
    for (float[] average : TEST.averages()) {
      assertThat(average).containsExactly(new float[WIDTH], within());
    }
    assertThat(fit(3).accuracy()).isGreaterThan(0.95);
  }

  private static Offset<Float> within() {
    return Offset.offset(1e-5f);
  }

  @Test
  void shouldGiveTheSameAgain() {
    AttentiveResult once = fit(3);
    assertThat(fit(3)).isEqualTo(once);
    assertThat(once.trials()).hasSize(2);
    assertThat(once.toJson().path("samples").asInt()).isEqualTo(100);
    assertThat(once.text()).contains("attentive probe", "2 heads", "confusion");
  }

  @Test
  void shouldNotBelieveLabelsThatNothingExplains() {
    int[] chance = Arrays.copyOf(TRAIN.labels, TRAIN.labels.length);
    KeyedRandom random = RandomKey.of(9, "labels").stream();
    for (int n = 0; n < chance.length; n++) {
      chance[n] = random.nextInt(2);
    }
    AttentiveResult result =
        AttentiveProbe.fit(TRAIN.rows, chance, TEST.rows, TEST.labels, WIDTH, 3, OPTIONS);
    assertThat(result.trials()).allMatch(trial -> trial.accuracy() < 0.8);
  }

  @Test
  void shouldRefuseWhatCannotBeUsed() {
    float[][] broken = {{1, 2, Float.NaN}, {1, 2, 3}};
    assertThatThrownBy(
            () ->
                AttentiveProbe.fit(
                    broken, new int[] {0, 1}, broken, new int[] {0, 1}, WIDTH, 0, OPTIONS))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("not finite");
    assertThatThrownBy(
            () ->
                AttentiveProbe.fit(TRAIN.rows, TRAIN.labels, TEST.rows, TEST.labels, 5, 0, OPTIONS))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("not patches of width 5");
  }
}
