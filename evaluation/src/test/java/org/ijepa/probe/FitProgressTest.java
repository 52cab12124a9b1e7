package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class FitProgressTest {
  private static final Blobs TRAIN = new Blobs(60, 4, 2, 1, 1);
  private static final Blobs TEST = new Blobs(40, 4, 2, 1, 2);

  private record Heard(int fits, int of, int iterations) {}

  private final List<Heard> heard = new ArrayList<>();

  private void hear(int fits, int of, int iterations) {
    heard.add(new Heard(fits, of, iterations));
  }

  /** The fits go up one by one, and iterations within each. */
  private void assertAscending(int of) {
    assertThat(heard).allMatch(each -> each.of() == of);
    assertThat(heard.get(heard.size() - 1)).isEqualTo(new Heard(of, of, 0));
    assertThat(heard.stream().map(Heard::fits).distinct())
        .containsExactlyElementsOf(IntStream.rangeClosed(0, of).boxed().toList());
    for (int i = 1; i < heard.size(); i++) {
      Heard before = heard.get(i - 1);
      Heard now = heard.get(i);
      boolean next = now.fits() > before.fits();
      assertThat(next || now.iterations() == before.iterations() + 1).as("%s", now).isTrue();
    }
  }

  @Test
  void shouldTellOfEachIterationOfTheLinearProbe() {
    LinearProbe.Options options =
        new LinearProbe.Options(List.of(1.0, 0.1, 0.1, 0.01), 0.2, 50, 1e-6, 1);
    ProbeResult result =
        LinearProbe.fit(TRAIN.rows, TRAIN.labels, TEST.rows, TEST.labels, 0, options, this::hear);
    assertAscending(4);
    assertThat(heard.stream().filter(each -> each.fits() == 3)).hasSize(result.iterations());
  }

  @Test
  void shouldTellOfEachDrawOfFewLabels() {
    LinearProbe.Options one = new LinearProbe.Options(List.of(0.1), 0.2, 50, 1e-6, 1);
    LowShot.fit(
        TRAIN.rows,
        TRAIN.labels,
        TEST.rows,
        TEST.labels,
        new LowShot.PerClass(6),
        3,
        0,
        one,
        this::hear);
    assertThat(heard.get(heard.size() - 1)).isEqualTo(new Heard(3, 3, 0));
    assertThat(heard.stream().map(Heard::fits).distinct()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void shouldTellOfEachEpochOfTheAttentiveProbe() {
    AttentiveProbe.Options options =
        new AttentiveProbe.Options(1, List.of(0.01, 0.1), 0.01, 3, 32, 0.2);
    AttentiveProbe.fit(TRAIN.rows, TRAIN.labels, TEST.rows, TEST.labels, 2, 0, options, this::hear);
    assertAscending(3);
    assertThat(heard).hasSize(3 * 3 + 1);
  }

  @Test
  void shouldTellOfEachStrengthOfTheRegression() {
    double[] numbers = IntStream.range(0, 60).mapToDouble(i -> i % 7).toArray();
    double[] asked = IntStream.range(0, 40).mapToDouble(i -> i % 5).toArray();
    RidgeRegression.fit(
        TRAIN.rows,
        numbers,
        TEST.rows,
        asked,
        0,
        new RidgeRegression.Options(List.of(1.0, 0.1), 0.2, 10, 1),
        this::hear);
    assertThat(heard).containsExactly(new Heard(0, 3, 0), new Heard(1, 3, 0), new Heard(3, 3, 0));
  }

  @Test
  void shouldCountTheTestImagesOfNeighbours() {
    List<Long> done = new ArrayList<>();
    NearestNeighbours.fit(
        TRAIN.rows,
        TRAIN.labels,
        TEST.rows,
        TEST.labels,
        new NearestNeighbours.Options(3, 0.07, 2),
        done::add);
    assertThat(done).isSorted().endsWith(40L).hasSize(3);
    assertThat(LongStream.of(done.get(0), done.get(1)).allMatch(count -> count % 8 == 0)).isTrue();
  }
}
