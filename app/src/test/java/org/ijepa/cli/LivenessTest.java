package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.ijepa.coordinator.NodePart;
import org.junit.jupiter.api.Test;

class LivenessTest {
  private long nanos;
  private final Liveness liveness =
      new Liveness(Duration.ofSeconds(60), Duration.ofSeconds(100), () -> nanos);

  private void pass(int seconds) {
    nanos += Duration.ofSeconds(seconds).toNanos();
  }

  /** The index of many images takes its time. */
  @Test
  void shouldLiveAsLongAsNothingHasBegun() {
    pass(100_000);
    assertThat(liveness.get()).isEmpty();
  }

  @Test
  void shouldNameThePartThatHasNotMovedForLongest() {
    liveness.moved(NodePart.TRAINER, "a-1");
    pass(1);
    liveness.moved(NodePart.TRAINER, "a-0");
    liveness.moved(NodePart.NODE, "a");
    pass(59);
    liveness.moved(NodePart.NODE, "a");
    assertThat(liveness.get()).isEmpty();
    pass(2);
    assertThat(liveness.get()).contains("trainer a-1 has not moved for 62 s");
    liveness.moved(NodePart.TRAINER, "a-1");
    assertThat(liveness.get()).contains("trainer a-0 has not moved for 61 s");
    liveness.moved(NodePart.TRAINER, "a-0");
    assertThat(liveness.get()).isEmpty();
  }

  @Test
  void shouldGiveACoordinatorThatWaitsForTheStoreItsTime() {
    liveness.moved(NodePart.COORDINATOR, "a");
    pass(100);
    assertThat(liveness.get()).isEmpty();
    pass(1);
    assertThat(liveness.get()).contains("the coordinator has not moved for 101 s");
    liveness.gone(NodePart.COORDINATOR, "a");
    assertThat(liveness.get()).isEmpty();
  }

  @Test
  void shouldSayAtOnceThatATrainerHangs() {
    liveness.moved(NodePart.NODE, "a");
    liveness.hung("trainer a-0: rank 0 has not moved");
    assertThat(liveness.get()).contains("trainer a-0: rank 0 has not moved");
  }
}
