package org.ijepa.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.ijepa.chaos.FaultPlan.Next;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
  private static List<Next> plan(long seed) {
    FaultPlan plan = new FaultPlan(List.of(Fault.KILL, Fault.SLOW), 3, seed);
    return Stream.generate(plan::next).limit(100).toList();
  }

  @Test
  void shouldBeTheSameForTheSameSeed() {
    assertThat(plan(7)).isEqualTo(plan(7)).isNotEqualTo(plan(8));
  }

  @Test
  void shouldCutOffLessThanHalfOfTheNodes() {
    assertThat(FaultPlan.minority(3, 2)).containsExactly(2);
    assertThat(FaultPlan.minority(4, 0)).containsExactly(0);
    assertThat(FaultPlan.minority(5, 4)).containsExactly(4, 0);
    assertThat(FaultPlan.minority(2, 0)).isEmpty();
  }

  @Test
  void shouldMeetEveryNodeWithEveryFault() {
    assertThat(plan(7).stream().distinct()).hasSize(6);
  }
}
