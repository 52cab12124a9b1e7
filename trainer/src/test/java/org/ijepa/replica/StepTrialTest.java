package org.ijepa.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.Device;
import java.io.IOException;
import java.util.List;
import org.ijepa.kernel.DeviceMemory;
import org.ijepa.kernel.ProcessMemory;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.vit.Geometry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class StepTrialTest {
  /** Weights, moments, gradient and targets of 90 MB, and a step of 60 MB. */
  private static final Geometry GEOMETRY =
      new Geometry(64, 8, 3, 256, 6, 4, 1024, 64, 2, 4, 256, 1e-6, 1e-5);

  private static final Replica.Options OPTIONS =
      new Replica.Options(
          false, false, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), Betas.PUBLISHED, 2);

  private static final StepTrial TRIAL =
      new StepTrial(GEOMETRY, OPTIONS, new StepTrial.Masks(50, 4, 20), 1);

  @Test
  void shouldFailAsAStepDoesForWantOfMemory() {
    Throwable failure = catchThrowable(() -> TRIAL.run(Device.cpu(), 1, 1L << 57));
    assertThat(DeviceMemory.shortage(failure)).isPresent();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void shouldLeaveNoMemoryBehind() throws IOException {
    TRIAL.run(Device.cpu(), 8, 0);
    long before = ProcessMemory.resident() / 1024;
    for (int i = 0; i < 4; i++) {
      TRIAL.run(Device.cpu(), 8, 0);
      shouldFailAsAStepDoesForWantOfMemory();
    }
    assertThat(ProcessMemory.resident() / 1024).isLessThan(before + 200);
  }
}
