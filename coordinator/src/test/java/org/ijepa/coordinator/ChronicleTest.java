package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.ijepa.checkpoint.CheckpointName;
import org.junit.jupiter.api.Test;

final class ChronicleTest {

  /** It would be said to be saved at its end without a checkpoint of its last step. */
  @Test
  void shouldNotCountACheckpointOfARunThatHasGoneBackSinceBesideANewerOne() {
    Chronicle chronicle =
        new Chronicle(
            new SimulatedPlan(),
            List.of(new CheckpointName(4, 1)),
            Long.MAX_VALUE,
            new ArrayList<>());
    assertThat(chronicle.goBack(4)).isEqualTo(4);
    chronicle.stored(new CheckpointName(12, 4));
    assertThat(chronicle.durable()).isEqualTo(12);

    chronicle.stored(new CheckpointName(8, 5));
    assertThat(chronicle.newest()).contains(new CheckpointName(8, 5));
    assertThat(chronicle.durable()).isEqualTo(8);
  }
}
