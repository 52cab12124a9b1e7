package org.ijepa.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

class ContextLengthsTest {
  /** Where few patches are left, tries fail and rules relax. */
  private static List<MaskRules> rules() {
    return List.of(
        MaskRules.reference(14),
        MaskRules.corrected(14),
        MaskRules.corrected(12),
        rules(6, 4, 0.3, 0.4, 7, MaskRules.Places.FULL),
        rules(8, 9, 0.1, 0.4, 3, MaskRules.Places.SHORT),
        rules(8, 1, 0.1, 0.4, 0, MaskRules.Places.SHORT));
  }

  private static MaskRules rules(
      int side, int targets, double least, double most, int minKeep, MaskRules.Places places) {
    return new MaskRules(
        side,
        targets,
        least,
        most,
        0.75,
        1.5,
        0.85,
        1,
        minKeep,
        MaskRules.Draws.TWO,
        places,
        MaskRules.Cap.SIDE,
        MaskRules.Cut.RANDOM_SUBSET,
        1);
  }

  @Test
  void shouldCountWhatThePlacerPlaces() {
    for (MaskRules rules : rules()) {
      for (BlockSize context : rules.contextRange().all(rules.draws())) {
        for (BlockSize target : rules.targetRange().all(rules.draws())) {
          BlockSizes sizes = new BlockSizes(target, context);
          BlockPlacer placer = new BlockPlacer(rules, sizes);
          ContextLengths lengths = new ContextLengths(rules, sizes);
          for (int i = 0; i < 50; i++) {
            RandomKey key = RandomKey.of(i, "lengths");
            assertThat(lengths.of(attempt -> MaskDraws.of(key.with(attempt).stream())))
                .as("%s %s", rules, sizes)
                .isEqualTo(
                    placer
                        .place(attempt -> MaskDraws.of(key.with(attempt).stream()))
                        .context()
                        .length);
          }
        }
      }
    }
  }
}
