package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The norm of a gradient, which is made part by part. */
class GradientNormTest {
  private static final int PART = 1 << 15;

  private PtNDManager manager;
  private Kernels kernels;

  @BeforeEach
  void open() {
    manager = (PtNDManager) NDManager.newBaseManager("PyTorch");
    kernels = new Kernels(manager, TinyCase.GEOMETRY, new Kernels.Options(false, false));
  }

  @AfterEach
  void close() {
    kernels.close();
    manager.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, PART - 1, PART, PART + 1, 70 * PART + 12_345})
  void shouldBeThatOfAllElements(int size) {
    float[] numbers = TinyCase.random("gradient", size, 3);
    double squares = 0;
    for (float number : numbers) {
      squares += (double) number * number;
    }
    NDArray gradient = manager.create(numbers);
    assertThat(kernels.norm(gradient)).isCloseTo(Math.sqrt(squares), withinPercentage(1e-10));
  }

  /** Their squares are none in float32. */
  @Test
  void shouldHoldLargeElementsOfSeveralParts() {
    NDArray gradient = manager.full(new Shape(16L * PART), 1e30f);
    assertThat(kernels.norm(gradient))
        .isCloseTo(1e30 * Math.sqrt(16 * PART), withinPercentage(1e-5));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void shouldNotBeFiniteIfOneElementOfAnyPartIsNot(float odd) {
    for (int at : new int[] {0, PART, 2 * PART + 2}) {
      float[] numbers = new float[2 * PART + 3];
      numbers[at] = odd;
      assertThat(kernels.norm(manager.create(numbers))).isNotFinite();
    }
  }

  /** A CPU's own norm in float64 makes a copy in float64 first: 384 MiB here. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void shouldTakeNoCopyOfTheWhole() throws IOException {
    int size = 48 << 20;
    NDArray gradient = manager.ones(new Shape(size));
    kernels.norm(gradient);
    ProcessMemory.forgetMost();
    long before = ProcessMemory.resident();
    assertThat(kernels.norm(gradient)).isCloseTo(Math.sqrt(size), withinPercentage(1e-10));
    assertThat(ProcessMemory.most() - before).isLessThan(128 << 10);
  }
}
