package org.ijepa.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ijepa.augment.ColorJitter.Change;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

class ColorJitterTest {
  private static final int DRAWS = 24_000;
  private static final RandomKey KEY = RandomKey.of(7, "augment");

  @Test
  void shouldChangeEightOfTenAndMakeTwoOfTenGrey() {
    List<ColorJitter> drawn = draw(1);
    long changed = drawn.stream().filter(jitter -> !jitter.changes().isEmpty()).count();
    long grey = drawn.stream().filter(ColorJitter::grey).count();
    long both = drawn.stream().filter(j -> j.grey() && !j.changes().isEmpty()).count();
    assertThat(changed / (double) DRAWS).isCloseTo(0.8, within(0.01));
    assertThat(grey / (double) DRAWS).isCloseTo(0.2, within(0.01));
    assertThat(both / (double) DRAWS).isCloseTo(0.16, within(0.01));
  }

  @Test
  void shouldMakeTheChangesInEveryOrderAlikeOften() {
    Map<List<Change>, Long> orders =
        draw(1).stream()
            .map(ColorJitter::changes)
            .filter(changes -> !changes.isEmpty())
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    assertThat(orders).hasSize(24);
    assertThat(orders.keySet())
        .allSatisfy(order -> assertThat(order).containsExactlyInAnyOrder(Change.values()));
    Collection<Long> counts = orders.values();
    assertThat(counts).allSatisfy(count -> assertThat(count).isBetween(680L, 920L));
  }

  @Test
  void shouldDrawEvenlyWithinTheStrength() {
    List<ColorJitter> drawn = draw(0.5);
    for (ToDoubleFunction<ColorJitter> factor :
        List.<ToDoubleFunction<ColorJitter>>of(
            ColorJitter::brightness, ColorJitter::contrast, ColorJitter::saturation)) {
      assertEven(drawn, factor, 0.6, 1.4, 0.01);
    }
    assertEven(drawn, ColorJitter::hue, -25, 25, 0.5);
  }

  @Test
  void shouldNeverDrawFactorsBelowNothing() {
    List<ColorJitter> drawn = draw(Augmentation.MOST_JITTER);
    assertEven(drawn, ColorJitter::contrast, 0, 3, 0.02);
    assertEven(drawn, ColorJitter::hue, -127, 127, 2.5);
  }

  @Test
  void shouldMakeTheChangesInTheirOrder() {
    byte[] levels = new byte[256];
    byte[] brightnessFirst = {100, 50, 20, 10, 80, 30};
    byte[] contrastFirst = brightnessFirst.clone();
    byte[] byHand = brightnessFirst.clone();
    List<Change> order = List.of(Change.BRIGHTNESS, Change.CONTRAST);
    new ColorJitter(order, 1.7f, 0.4f, 1, 0, false).apply(brightnessFirst, 6, levels);
    List<Change> reverse = List.of(Change.CONTRAST, Change.BRIGHTNESS);
    new ColorJitter(reverse, 1.7f, 0.4f, 1, 0, false).apply(contrastFirst, 6, levels);
    for (Change change : order) {
      new ColorJitter(List.of(change), 1.7f, 0.4f, 1, 0, false).apply(byHand, 6, levels);
    }
    assertThat(brightnessFirst).isEqualTo(byHand).isNotEqualTo(contrastFirst);
  }

  private static List<ColorJitter> draw(double strength) {
    return IntStream.range(0, DRAWS)
        .mapToObj(i -> ColorJitter.draw(KEY.with(i).stream(), strength))
        .toList();
  }

  /** Mean, deviation and ends are those of a uniform distribution. */
  private static void assertEven(
      List<ColorJitter> drawn,
      ToDoubleFunction<ColorJitter> value,
      double least,
      double most,
      double error) {
    double[] values = drawn.stream().mapToDouble(value).sorted().toArray();
    double mean = IntStream.range(0, DRAWS).mapToDouble(i -> values[i]).average().orElseThrow();
    assertThat(mean).isCloseTo((least + most) / 2, within(error));
    assertThat(values[0]).isBetween(least - 1e-6, least + error);
    assertThat(values[DRAWS / 4]).isCloseTo(least + (most - least) / 4, within(2 * error));
    assertThat(values[DRAWS - 1]).isBetween(most - error, most + 1e-6);
  }
}
