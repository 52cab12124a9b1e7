package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorFloat32Test {
  @AfterEach
  void forbid() {
    TensorFloat32.allow(false);
  }

  @Test
  void shouldBeWhatTheEngineWasToldLast() {
    assertThat(TensorFloat32.isAllowed()).isFalse();
    TensorFloat32.allow(true);
    assertThat(TensorFloat32.isAllowed()).isTrue();
    TensorFloat32.allow(false);
    assertThat(TensorFloat32.isAllowed()).isFalse();
  }
}
