package org.ijepa.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.MicroBatchPlan;
import org.ijepa.collective.CollectiveException;
import org.ijepa.ledger.Substitute;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.replica.Replica;
import org.junit.jupiter.api.Test;

class StepFactsBufferTest {
  private static final int SLOTS = 64;
  private static final int MICRO_BATCHES = 8;
  private static final BatchPlanner PLANNER =
      new BatchPlanner(
          new SampleOrder(1, 200, SLOTS, 2, Tail.CARRY),
          new MaskSampler(MaskRules.corrected(14), 1),
          SLOTS / MICRO_BATCHES);

  private final StepFactsBuffer buffer = new StepFactsBuffer(null, 0, SLOTS, MICRO_BATCHES);

  /** What the ranks of a step sum up. */
  private float[] facts(int world) {
    float[] facts = new float[StepFactsBuffer.size(SLOTS, MICRO_BATCHES)];
    for (int rank = 0; rank < world; rank++) {
      for (MicroBatchPlan plan : PLANNER.plan(3, rank, world)) {
        compute(plan, facts);
      }
    }
    return facts;
  }

  private void compute(MicroBatchPlan plan, float[] facts) {
    Replica.Share share = buffer.share(plan);
    assertThat(facts[share.fact()]).isZero();
    facts[share.fact()] += 0.25f;
    facts[share.count()] += 1;
  }

  @Test
  void shouldTakeAStepWhoseMicroBatchesWereEachComputedOnce() throws CollectiveException {
    for (int world : new int[] {1, 2, 3, 5, 8, 11}) {
      float[] facts = facts(world);
      buffer.check(3, facts);
      assertThat(buffer.loss(facts)).isEqualTo(MICRO_BATCHES * 0.25);
      assertThat(buffer.substitutes(facts)).isEmpty();
      facts[5] = 2;
      assertThat(buffer.substitutes(facts)).isEqualTo(List.of(new Substitute(5, 2)));
    }
  }

  @Test
  void shouldRefuseAStepWithoutOneOfItsMicroBatches() {
    for (MicroBatchPlan missing : PLANNER.plan(3, 0, 1)) {
      float[] facts = facts(3);
      facts[buffer.share(missing).count()] = 0;
      assertThatThrownBy(() -> buffer.check(3, facts))
          .isInstanceOf(CollectiveException.class)
          .hasMessage(
              "step 3: the sum holds micro-batch %d of 8 0 times in place of once"
                  .formatted(missing.number() + 1));
    }
  }

  @Test
  void shouldRefuseAStepWithOneOfItsMicroBatchesTwice() {
    float[] facts = facts(3);
    facts[buffer.share(PLANNER.plan(3, 1, 3).get(0)).count()]++;
    assertThatThrownBy(() -> buffer.check(3, facts))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("micro-batch 3 of 8 2 times");
  }

  @Test
  void shouldRefuseCountsThatAreNoNumbers() {
    float[] facts = facts(1);
    Arrays.fill(facts, Float.NaN);
    assertThatThrownBy(() -> buffer.check(3, facts)).isInstanceOf(CollectiveException.class);
  }
}
