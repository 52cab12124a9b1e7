package org.ijepa.mask;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ijepa.order.Place;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Feeds the reference sampler with the recorded draws of the published one. */
final class MaskReplayTest {
  private static final int BLOCKS = 5;

  /** Hands out recorded draws, and fails when there are none left. */
  private static final class Replay implements MaskDraws {
    private final double[] draws;
    private int next;

    Replay(double... draws) {
      this.draws = draws;
    }

    @Override
    public double unit() {
      return draws[next++];
    }

    @Override
    public int below(int bound) {
      int draw = (int) draws[next++];
      assertThat(draw).isBetween(0, bound - 1);
      return draw;
    }

    boolean isUsedUp() {
      return next == draws.length;
    }
  }

  @TestFactory
  List<DynamicTest> shouldGiveTheRecordedBlocks() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode group : RecordedMasks.read("mask-replay.json").get("groups")) {
      String name =
          "group %d on a grid of %d".formatted(tests.size(), group.get("grid").intValue());
      tests.add(DynamicTest.dynamicTest(name, () -> replay(group)));
    }
    assertThat(tests).hasSize(12);
    return tests;
  }

  private static void replay(JsonNode group) {
    MaskRules rules =
        withMinKeep(
            MaskRules.Places.SHORT, group.get("grid").intValue(), group.get("min_keep").intValue());
    MaskSampler sampler = new MaskSampler(rules, 0);
    BlockSizes sizes =
        sampler.sizes(
            new Replay(
                group.get("target_draw").doubleValue(), group.get("context_draw").doubleValue()));
    assertThat(sizes)
        .isEqualTo(new BlockSizes(size(group.get("target_size")), size(group.get("context_size"))));

    BlockPlacer placer = new BlockPlacer(rules, sizes);
    MaskSampler.Drawn[] drawn = new MaskSampler.Drawn[group.get("batch").intValue()];
    for (int b = 0; b < drawn.length; b++) {
      List<JsonNode> blocks = new ArrayList<>();
      for (int i = 0; i < BLOCKS; i++) {
        blocks.add(group.get("blocks").get(b * BLOCKS + i));
      }
      Replay replay =
          new Replay(
              blocks.stream()
                  .flatMapToDouble(
                      block -> Arrays.stream(RecordedMasks.doubles(block.get("draws"))))
                  .toArray());
      ImageMask mask = placer.place(attempt -> replay);
      assertThat(replay.isUsedUp()).isTrue();
      for (int m = 0; m < BLOCKS - 1; m++) {
        assertThat(mask.targets()[m]).isEqualTo(patches(blocks.get(m)));
      }
      assertThat(mask.context()).isEqualTo(patches(blocks.get(BLOCKS - 1)));
      drawn[b] = new MaskSampler.Drawn(b, new Place(0, b, b), mask);
    }
    assertCut(sampler.cut(drawn), group);
  }

  private static void assertCut(MaskGroup cut, JsonNode group) {
    for (int b = 0; b < cut.size(); b++) {
      assertThat(cut.context()[b]).isEqualTo(RecordedMasks.ints(group.get("context_masks").get(b)));
      for (int m = 0; m < BLOCKS - 1; m++) {
        assertThat(cut.targets()[m][b])
            .isEqualTo(RecordedMasks.ints(group.get("target_masks").get(m).get(b)));
      }
    }
  }

  static MaskRules withMinKeep(MaskRules.Places places, int side, int minKeep) {
    MaskRules published = MaskRules.reference(16);
    return new MaskRules(
        side,
        published.targets(),
        published.minTargetScale(),
        published.maxTargetScale(),
        published.minTargetAspect(),
        published.maxTargetAspect(),
        published.minContextScale(),
        published.maxContextScale(),
        minKeep,
        published.draws(),
        places,
        published.cap(),
        published.cut(),
        published.groupSize());
  }

  private static BlockSize size(JsonNode size) {
    return new BlockSize(size.get(0).intValue(), size.get(1).intValue());
  }

  private static int[] patches(JsonNode block) {
    return RecordedMasks.ints(block.get("patches"));
  }
}
