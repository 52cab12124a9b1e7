package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.List;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.vit.Geometry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorDigestTest {
  private static final Geometry SMALL =
      new Geometry(32, 8, 3, 32, 1, 2, 64, 16, 1, 2, 32, 1e-6, 1e-5);
  private static final int FACTS = 3;

  /**
   * Elements of a chunk are four times as many, and a multiple of those that lanes are filled to.
   */
  private static final int ROWS = 1024;

  private NDManager manager;
  private Kernels kernels;

  @BeforeEach
  void open() {
    Kernels.prepareThread(1);
    manager = NDManager.newBaseManager("PyTorch");
    kernels = new Kernels((PtNDManager) manager, SMALL, new Kernels.Options(false, false));
  }

  @AfterEach
  void close() {
    kernels.close();
    manager.close();
  }

  /** Of any bits, those of numbers that are none included. */
  private FlatTensor any(int size) {
    FlatTensor tensor = FlatTensor.zeros(manager, size);
    KeyedRandom random = RandomKey.of(size, "bits").stream();
    tensor.write(
        0,
        size,
        (at, window) -> {
          for (int i = 0; i < size; i++) {
            window.put(
                i, Float.intBitsToFloat(random.nextInt(Integer.MAX_VALUE)) * (1 - i % 2 * 2));
          }
        });
    return tensor;
  }

  private Settled settled(FlatTensor tensor, boolean sums) {
    List<NDArray> parts = kernels.views(tensor.array(), tensor.size() - FACTS, FACTS);
    NDArray powers = TensorDigest.powers(manager, ROWS);
    return sums
        ? kernels.settled(tensor, parts.get(0), parts.get(1), powers)
        : kernels.settled(tensor, parts.get(0), parts.get(1), true);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 1021, 4095, 4096, 4097, 8192, 8195, 20_003, 24_576})
  void shouldBeTheSameMadeOfSumsOfChunks(int size) {
    FlatTensor tensor = any(size);

    assertThat(settled(tensor, true).digest()).isEqualTo(settled(tensor, false).digest());
  }

  @Test
  void shouldSeeEveryBitAndEveryPlace() {
    FlatTensor tensor = FlatTensor.zeros(manager, 9000);
    tensor.set(17, 1);
    tensor.set(8999, 2);
    long digest = settled(tensor, true).digest();
    tensor.set(17, Math.nextUp(1f));
    assertThat(settled(tensor, true).digest()).isNotEqualTo(digest);
    tensor.set(17, 0);
    tensor.set(21, 1);
    assertThat(settled(tensor, true).digest()).isNotEqualTo(digest);
    tensor.set(21, 0);
    tensor.set(17, 1);
    assertThat(settled(tensor, true).digest()).isEqualTo(digest);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldComeWithTheNormAndTheFacts(boolean sums) {
    FlatTensor tensor = FlatTensor.zeros(manager, 5000);
    tensor.set(0, 3);
    tensor.set(4996, -4);
    tensor.set(4997, 7.25f);
    tensor.set(4998, Float.NEGATIVE_INFINITY);
    tensor.set(4999, Float.MIN_VALUE);
    Settled settled = settled(tensor, sums);

    assertThat(settled.norm()).isEqualTo(5);
    assertThat(settled.facts()).containsExactly(7.25f, Float.NEGATIVE_INFINITY, Float.MIN_VALUE);
    tensor.set(1, Float.NaN);
    assertThat(settled(tensor, sums).norm()).isNaN();
  }
}
