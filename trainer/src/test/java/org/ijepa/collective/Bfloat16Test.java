package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.util.SplittableRandom;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.ijepa.kernel.RoundedCopy;
import org.junit.jupiter.api.Test;

final class Bfloat16Test {
  private static final int RANDOM = 1_000_000;

  /** Each number of 8 bits with what stands just below, at and above the middle to the next. */
  private static float[] numbers() {
    int[] below = {0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF};
    float[] numbers = new float[(1 << 16) * below.length + RANDOM];
    int count = 0;
    for (int upper = 0; upper < 1 << 16; upper++) {
      for (int lower : below) {
        numbers[count++] = Float.intBitsToFloat((upper << 16) | lower);
      }
    }
    SplittableRandom random = new SplittableRandom(7);
    while (count < numbers.length) {
      numbers[count++] = Float.intBitsToFloat(random.nextInt());
    }
    return numbers;
  }

  @Test
  void shouldRoundAsTheEngineDoes() {
    float[] numbers = numbers();
    float[] byEngine = new float[numbers.length];
    Kernels.prepareThread(1);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        FlatTensor tensor = FlatTensor.zeros(manager, numbers.length)) {
      tensor.write(0, numbers.length, (at, window) -> window.put(0, numbers));
      try (RoundedCopy copy = new RoundedCopy(tensor, numbers.length)) {
        copy.copyBack();
      }
      tensor.read(0, numbers.length, (at, window) -> window.get(0, byEngine));
    }
    Bfloat16.round(numbers, numbers.length);
    assertThat(numbers).isEqualTo(byEngine);
  }

  @Test
  void shouldRoundToTheNearestAndOfTwoToTheEvenOne() {
    assertThat(Bfloat16.round(1 + 0x1p-8f)).isEqualTo(1);
    assertThat(Bfloat16.round(1 + 0x3p-8f)).isEqualTo(1 + 0x1p-6f);
    assertThat(Bfloat16.round(1 + 0x1.01p-8f)).isEqualTo(1 + 0x1p-7f);
    assertThat(Bfloat16.round(-1 - 0x1.01p-8f)).isEqualTo(-1 - 0x1p-7f);
    assertThat(Bfloat16.round(Float.MAX_VALUE)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Bfloat16.round(Float.intBitsToFloat(0x7F800001))).isNaN();
    assertThat(Bfloat16.value(Bfloat16.bits(0x1p-133f))).isEqualTo(0x1p-133f);
  }
}
