package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
  @BeforeEach
  void open() {
    Kernels.prepareThread(1);
  }

  @Test
  void shouldKnowTheEnginesWordsForAnAllocationThatFails() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      Throwable failure =
          catchThrowable(() -> manager.create(new Shape(1L << 55), DataType.FLOAT32));
      assertThat(DeviceMemory.shortage(failure)).get().asString().contains("allocate");
    }
  }

  @Test
  void shouldKnowThatTheProcessIsShort() {
    Throwable failure = new IllegalStateException(new OutOfMemoryError("Java heap space"));
    assertThat(DeviceMemory.shortage(failure)).contains("Java heap space");
  }

  @Test
  void shouldNotTakeAnotherFailureOfTheEngineForIt() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      Throwable failure =
          catchThrowable(() -> manager.ones(new Shape(2, 3)).matMul(manager.ones(new Shape(2, 3))));
      assertThat(failure).isInstanceOf(EngineException.class);
      assertThat(DeviceMemory.shortage(failure)).isEmpty();
    }
    assertThat(DeviceMemory.shortage(new IllegalStateException("out of memory"))).isEmpty();
  }
}
