package org.ijepa.crop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class CropRulesTest {
  private static final CropRules PUBLISHED = CropRules.published();

  private static RandomKey key(long position) {
    return RandomKey.of(7, "crop").with(0).with(position).with(0);
  }

  @Property(tries = 500)
  void shouldStayWithinTheImage(
      @ForAll long position,
      @ForAll @IntRange(min = 1, max = 5_000) int width,
      @ForAll @IntRange(min = 1, max = 5_000) int height) {
    Crop crop = PUBLISHED.choose(key(position), width, height);
    assertThat(crop.left()).isBetween(0, width - crop.width());
    assertThat(crop.top()).isBetween(0, height - crop.height());
    assertThat(crop.width()).isBetween(1, width);
    assertThat(crop.height()).isBetween(1, height);
  }

  @Property(tries = 500)
  void shouldKeepAreaAndAspectInRange(
      @ForAll long position,
      @ForAll @IntRange(min = 300, max = 2_000) int width,
      @ForAll @IntRange(min = 300, max = 2_000) int height) {
    Crop crop = PUBLISHED.choose(key(position), width, height);
    double aspect = (double) crop.width() / crop.height();
    // Sides are rounded to whole pixels, at least about 150 of them: 1 % of the aspect.
    assertThat(aspect).isBetween(0.75 * 0.99, 1.01 * 4 / 3);
    if ((double) width / height > 0.8 && (double) width / height < 1.25) {
      double scale = (double) crop.width() * crop.height() / ((double) width * height);
      assertThat(scale).isBetween(0.3 * 0.99, 1.0);
    }
  }

  @Test
  void shouldDrawAreasUniformlyAndAspectsLogUniformly() {
    // Areas up to 0.7 of a square image fit with every allowed aspect: no try fails.
    CropRules rules = new CropRules(0.3, 0.7, 3.0 / 4, 4.0 / 3);
    int draws = 20_000;
    int[] areas = new int[8];
    int[] aspects = new int[8];
    int[] lefts = new int[8];
    for (int i = 0; i < draws; i++) {
      Crop crop = rules.choose(key(i), 20_000, 20_000);
      double scale = (double) crop.width() * crop.height() / 4e8;
      double log = Math.log((double) crop.width() / crop.height()) / Math.log(4.0 / 3);
      areas[bin((scale - 0.3) / 0.4)]++;
      aspects[bin((log + 1) / 2)]++;
      lefts[bin(crop.left() / (20_001.0 - crop.width()))]++;
    }
    for (int[] counts : new int[][] {areas, aspects, lefts}) {
      for (int count : counts) {
        // Binomial with an eighth of 20,000: deviation 47.
        assertThat(count).isBetween(2_500 - 5 * 47, 2_500 + 5 * 47);
      }
    }
  }

  private static int bin(double fraction) {
    return (int) Math.max(0, Math.min(7, fraction * 8));
  }

  @Test
  void shouldFallBackToTheCentreOfAnImageThatIsTooWide() {
    // No crop of 0.3 of the area is this wide and at most 100 high.
    assertThat(PUBLISHED.choose(key(1), 3_001, 100)).isEqualTo(new Crop(1_434, 0, 133, 100));
  }

  @Test
  void shouldFallBackToTheCentreOfAnImageThatIsTooTall() {
    assertThat(PUBLISHED.choose(key(1), 100, 3_001)).isEqualTo(new Crop(0, 1_434, 100, 133));
  }

  @Test
  void shouldFallBackToTheWholeImageWhereItsAspectIsAllowed() {
    CropRules tall = new CropRules(1, 1, 0.2, 0.2000001);
    CropRules any = new CropRules(1, 1, 0.2, 5);
    assertThat(tall.choose(key(1), 10, 50)).isEqualTo(new Crop(0, 0, 10, 50));
    // A crop of the whole area with another aspect than the image's never fits.
    assertThat(any.choose(key(1), 101, 97)).isEqualTo(new Crop(0, 0, 101, 97));
  }

  @Test
  void shouldCropAnImageOfOnePixel() {
    assertThat(PUBLISHED.choose(key(1), 1, 1)).isEqualTo(new Crop(0, 0, 1, 1));
    assertThat(PUBLISHED.choose(key(1), 1, 4_000).width()).isEqualTo(1);
  }

  @Test
  void shouldDependOnEveryPartOfTheKey() {
    Crop crop = PUBLISHED.choose(key(1), 4_000, 3_000);
    assertThat(PUBLISHED.choose(key(1), 4_000, 3_000)).isEqualTo(crop);
    assertThat(PUBLISHED.choose(key(2), 4_000, 3_000)).isNotEqualTo(crop);
    RandomKey secondAttempt = RandomKey.of(7, "crop").with(0).with(1).with(1);
    assertThat(PUBLISHED.choose(secondAttempt, 4_000, 3_000)).isNotEqualTo(crop);
  }

  @Test
  void shouldScaleWithTheImage() {
    Crop small = PUBLISHED.choose(key(5), 400, 400);
    Crop large = PUBLISHED.choose(key(5), 40_000, 40_000);
    assertThat(large.width()).isCloseTo(small.width() * 100, within(100));
  }

  @Test
  void shouldRefuseRangesAndImagesThatAreEmpty() {
    assertThatThrownBy(() -> new CropRules(0.5, 0.3, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("crop scale [0.5, 0.3]");
    assertThatThrownBy(() -> new CropRules(0.3, 1, 0, 1))
        .hasMessageStartingWith("crop aspect [0.0, 1.0]");
    assertThatThrownBy(() -> PUBLISHED.choose(key(1), 0, 5))
        .hasMessage("an image of 0 x 5 pixels has nothing to crop");
  }
}
