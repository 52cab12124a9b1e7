package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.batch.MicroBatchPlan.Slot;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchPlannerTest {
  private static final int GLOBAL_BATCH = 256;

  private static BatchPlanner planner(MaskRules rules) {
    SampleOrder order = new SampleOrder(7, 10_000, GLOBAL_BATCH, 2, Tail.DROP);
    return new BatchPlanner(order, new MaskSampler(rules, 7), 16);
  }

  private static String text(MicroBatchPlan plan) {
    return plan.number()
        + " "
        + plan.weight()
        + " "
        + plan.slots()
        + Arrays.deepToString(plan.context())
        + Arrays.deepToString(plan.targets());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 20})
  void shouldDealTheSameMicroBatchesToAnyNumberOfRanks(int world) {
    BatchPlanner planner = planner(MaskRules.corrected(14));
    List<String> dealt = new ArrayList<>();
    for (int rank = 0; rank < world; rank++) {
      List<MicroBatchPlan> plans = planner.plan(39, rank, world);
      assertThat(plans).hasSize(planner.count(rank, world));
      plans.forEach(plan -> dealt.add(text(plan)));
    }

    assertThat(dealt)
        .isEqualTo(planner.plan(39, 0, 1).stream().map(BatchPlannerTest::text).toList());
  }

  @Property(tries = 30)
  void shouldDealTheSameSamplesOfShardsToAnyNumberOfRanks(
      @ForAll @IntRange(min = 1, max = 9) int world,
      @ForAll @IntRange(min = 0, max = 50) int step,
      @ForAll @IntRange(min = 1, max = 3000) int window) {
    Shards shards = new Shards(Collections.nCopies(10, 1_000L), window);
    SampleOrder order = new SampleOrder(7, 10_000, GLOBAL_BATCH, 2, Tail.CARRY, shards);
    BatchPlanner planner = new BatchPlanner(order, new MaskSampler(MaskRules.corrected(14), 7), 16);
    List<String> dealt = new ArrayList<>();
    for (int rank = 0; rank < world; rank++) {
      planner.plan(step, rank, world).forEach(plan -> dealt.add(text(plan)));
    }
    assertThat(dealt)
        .isEqualTo(planner.plan(step, 0, 1).stream().map(BatchPlannerTest::text).toList());
  }

  @Test
  void shouldUseEachSlotOnceWithWeightsThatSumToOne() {
    for (MaskRules rules : List.of(MaskRules.reference(14), MaskRules.corrected(14))) {
      Set<Integer> slots = new HashSet<>();
      double weight = 0;
      for (MicroBatchPlan plan : planner(rules).plan(3, 0, 1)) {
        plan.slots().stream().map(Slot::slot).forEach(slots::add);
        weight += plan.weight();
      }
      assertThat(slots).hasSize(GLOBAL_BATCH);
      assertThat(weight).isCloseTo(1, within(1e-12));
    }
  }
}
