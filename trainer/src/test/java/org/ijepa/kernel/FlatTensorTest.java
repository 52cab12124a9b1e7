package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.sun.jna.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tensor whose memory is seen, and one whose windows are copied, as those on a GPU are. */
class FlatTensorTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    Kernels.prepareThread(1);
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static float[] floats(FlatTensor tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, values.length, (at, window) -> window.get(0, values, (int) at, window.limit()));
    return values;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldReadWhatWasWritten(boolean copied) {
    try (FlatTensor tensor = FlatTensor.zeros(manager, 5, copied)) {
      tensor.write(1, 3, (at, window) -> window.put(0, new float[] {at, 7, 8}));
      tensor.set(4, -1);
      assertThat(floats(tensor)).containsExactly(0, 1, 7, 8, -1);
      assertThat(tensor.array().toFloatArray()).containsExactly(0, 1, 7, 8, -1);
      tensor.write(2, 2, (at, window) -> window.put(1, window.get(0) + 1));
      assertThat(tensor.get(3)).isEqualTo(8);
      assertThat(tensor.get(4)).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldBeClearedAddedAndCopied(boolean copied) {
    try (FlatTensor tensor = FlatTensor.zeros(manager, 3, copied);
        FlatTensor other = FlatTensor.zeros(manager, 3, copied)) {
      other.set(1, 5);
      tensor.copyOf(other);
      tensor.add(other);
      assertThat(floats(tensor)).containsExactly(0, 10, 0);
      tensor.set(0, Float.NaN);
      tensor.clear();
      assertThat(floats(tensor)).containsExactly(0, 0, 0);
    }
  }

  @Test
  void shouldTellWhereItsElementsLie() {
    try (FlatTensor tensor = FlatTensor.zeros(manager, 1000)) {
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
