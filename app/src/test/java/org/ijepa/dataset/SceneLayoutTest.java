package org.ijepa.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class SceneLayoutTest {
  private static final RandomKey KEY = RandomKey.of(3, "scene");
  private static final List<Scene> SCENES =
      IntStream.range(0, 400).mapToObj(i -> SceneLayout.draw(KEY.with(i), 1, 10)).toList();

  @Test
  void shouldDrawEachNumberOfObjectsEquallyOften() {
    int[] scenes = new int[11];
    for (Scene scene : SCENES) {
      scenes[scene.solids().size()]++;
    }
    double chiSquare = 0;
    for (int count = 1; count <= 10; count++) {
      chiSquare += (scenes[count] - 40) * (scenes[count] - 40) / 40.0;
    }
    assertThat(scenes[0]).isZero();
    // 99.9 % quantile of chi-square with 9 degrees of freedom.
    assertThat(chiSquare).isLessThan(27.9);
  }

  @Test
  void shouldKeepToTheNumbersAskedFor() {
    List<Integer> counts =
        IntStream.range(0, 40)
            .map(i -> SceneLayout.draw(KEY.with(i), 4, 5).solids().size())
            .distinct()
            .sorted()
            .boxed()
            .toList();
    assertThat(counts).containsExactly(4, 5);
  }

  @Test
  void shouldKeepSolidsApart() {
    for (Scene scene : SCENES) {
      for (Solid a : scene.solids()) {
        for (Solid b : scene.solids()) {
          if (!a.equals(b)) {
            assertThat(Math.hypot(a.x() - b.x(), a.y() - b.y()))
                .isGreaterThanOrEqualTo(a.radius() + b.radius() + SceneLayout.GAP - 1e-9);
          }
        }
      }
    }
  }

  @Test
  void shouldShowEnoughOfEverySolid() {
    for (Scene scene : SCENES.subList(0, 100)) {
      int[] first = firstHits(scene);
      for (int i = 0; i < first.length; i++) {
        int outline = firstHits(alone(scene, i))[0];
        assertThat(first[i]).isGreaterThanOrEqualTo(SceneLayout.VISIBLE_RAYS);
        assertThat(first[i]).isGreaterThanOrEqualTo((int) (SceneLayout.VISIBLE_PART * outline));
      }
    }
  }

  @Test
  void shouldLetSolidsHideParts() {
    int hidden = 0;
    for (Scene scene : SCENES.subList(0, 100)) {
      int[] first = firstHits(scene);
      for (int i = 0; i < first.length; i++) {
        hidden += first[i] < firstHits(alone(scene, i))[0] ? 1 : 0;
      }
    }
    assertThat(hidden).isGreaterThan(50);
  }

  @Test
  void shouldNeverShowTwoOfOneColorTouching() {
    for (Scene scene : SCENES) {
      int grid = SceneLayout.GRID;
      int[][] seen = firstHitGrid(scene);
      for (int row = 0; row < grid - 1; row++) {
        for (int column = 0; column < grid - 1; column++) {
          assertThat(confusable(scene, seen[row][column], seen[row][column + 1])).isFalse();
          assertThat(confusable(scene, seen[row][column], seen[row + 1][column])).isFalse();
        }
      }
    }
  }

  @Test
  void shouldVarySizesAlmostThreefold() {
    double[] radii =
        SCENES.stream().flatMap(s -> s.solids().stream()).mapToDouble(Solid::radius).toArray();
    double least = IntStream.range(0, radii.length).mapToDouble(i -> radii[i]).min().orElseThrow();
    double most = IntStream.range(0, radii.length).mapToDouble(i -> radii[i]).max().orElseThrow();
    assertThat(least).isGreaterThanOrEqualTo(SceneLayout.SMALLEST);
    assertThat(most / least).isBetween(0.93 * SceneLayout.SIZE_RATIO, SceneLayout.SIZE_RATIO);
  }

  @Test
  void shouldNotGiveTheCountAwayByCoveredArea() {
    double overlap = 0;
    double pairs = 0;
    List<Scene> few = SCENES.stream().filter(s -> s.solids().size() == 4).toList();
    List<Scene> many = SCENES.stream().filter(s -> s.solids().size() == 8).toList();
    for (Scene a : few) {
      for (Scene b : many) {
        overlap += IntStream.of(firstHits(a)).sum() > IntStream.of(firstHits(b)).sum() ? 1 : 0;
        pairs++;
      }
    }
    // Equal sizes would make it almost never so.
    assertThat(overlap / pairs).isGreaterThan(0.15);
  }

  private static boolean confusable(Scene scene, int a, int b) {
    return a >= 0
        && b >= 0
        && a != b
        && scene.solids().get(a).color() == scene.solids().get(b).color();
  }

  private static Scene alone(Scene scene, int solid) {
    return new Scene(
        scene.camera(), scene.light(), scene.ground(), List.of(scene.solids().get(solid)));
  }

  private static int[] firstHits(Scene scene) {
    int[] hits = new int[scene.solids().size()];
    for (int[] row : firstHitGrid(scene)) {
      for (int first : row) {
        if (first >= 0) {
          hits[first]++;
        }
      }
    }
    return hits;
  }

  /** The oracle: every ray against every solid. */
  private static int[][] firstHitGrid(Scene scene) {
    int grid = SceneLayout.GRID;
    int[][] seen = new int[grid][grid];
    for (int row = 0; row < grid; row++) {
      for (int column = 0; column < grid; column++) {
        Vec ray = scene.camera().ray((column + 0.5) * 2 / grid - 1, 1 - (row + 0.5) * 2 / grid);
        double nearest = Double.POSITIVE_INFINITY;
        seen[row][column] = -1;
        for (int i = 0; i < scene.solids().size(); i++) {
          double distance = scene.solids().get(i).hit(scene.camera().eye(), ray);
          if (distance < nearest) {
            nearest = distance;
            seen[row][column] = i;
          }
        }
      }
    }
    return seen;
  }
}
