package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.sun.jna.Pointer;
import org.junit.jupiter.api.Test;

class FlatTensorTest {
  @Test
  void shouldTellWhereItsElementsLie() {
    Kernels.prepareThread(1);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        FlatTensor tensor = FlatTensor.zeros(manager, 1000)) {
      tensor.set(0, 7);
      tensor.set(999, 9);
      Pointer elements = new Pointer(tensor.address());

      assertThat(elements.getFloat(0)).isEqualTo(7);
      assertThat(elements.getFloat(999 * Float.BYTES)).isEqualTo(9);
      elements.setFloat(4 * Float.BYTES, 5);
      assertThat(tensor.get(4)).isEqualTo(5);
    }
  }
}
