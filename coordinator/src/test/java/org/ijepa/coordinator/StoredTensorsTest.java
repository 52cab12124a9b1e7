package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.trainer.CheckpointSeconds;
import org.ijepa.trainer.Trainer.Stored;
import org.junit.jupiter.api.Test;

class StoredTensorsTest {
  private final StoredTensors tensors = new StoredTensors();

  private static Stored stored(long step, long generation) {
    return new Stored(new CheckpointName(step, generation), List.of(), new CheckpointSeconds(0, 0));
  }

  @Test
  void shouldKeepWhatTheLedgerHasNotComeUpTo() {
    tensors.add(stored(8, 2));
    assertThat(tensors.takeVoid()).isEmpty();
    assertThat(tensors.takeUpTo(7)).isEmpty();
    assertThat(tensors.takeUpTo(8)).containsExactly(stored(8, 2));
    assertThat(tensors.takeUpTo(8)).isEmpty();
  }

  @Test
  void shouldKnowAsVoidWhatALaterGenerationDidNotGoOnFrom() {
    tensors.began(3, 6);
    tensors.began(5, 9);
    tensors.began(7, 12);
    tensors.add(stored(8, 2));
    tensors.add(stored(8, 3));
    tensors.add(stored(9, 4));
    tensors.add(stored(10, 4));
    tensors.add(stored(13, 7));

    assertThat(tensors.takeVoid())
        .containsExactly(new CheckpointName(8, 2), new CheckpointName(10, 4));
    assertThat(tensors.takeUpTo(20)).containsExactly(stored(8, 3), stored(9, 4), stored(13, 7));
  }

  @Test
  void shouldNotForgetALateStepForTheSakeOfAnEarlierOneAfterIt() {
    tensors.began(3, 9);
    tensors.began(4, 6);
    tensors.add(stored(7, 3));
    tensors.add(stored(9, 2));

    assertThat(tensors.takeVoid())
        .containsExactly(new CheckpointName(7, 3), new CheckpointName(9, 2));
  }
}
