package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that begins with another's weights, on images of another size. */
class OtherImageSizeTest {
  @TempDir private Path temp;
  private Path images;
  private Path first;

  @BeforeEach
  void run() throws Exception {
    images = SmallRun.images(temp.resolve("images"));
    first = temp.resolve("first");
    SmallRun.run(SmallRun.settings(images), first, StepProbe.NONE);
  }

  private RunOutcome goOn(Path out, RunListener listener, String... sets) throws Exception {
    List<String> all = new ArrayList<>(List.of(sets));
    all.add("model.init.checkpoint=" + RunFolder.checkpoints(first));
    // A step that changes no weight in its 24 bits.
    all.addAll(List.of("optimization.steps=1", "optimization.lr=1e-30"));
    all.addAll(List.of("optimization.start-lr=1e-30", "optimization.final-lr=1e-30"));
    return SmallRun.run(
        SmallRun.settings(images, all.toArray(String[]::new)), out, StepProbe.NONE, listener);
  }

  private static float[] weights(Path run, String tensor) throws Exception {
    try (SafetensorsFile file =
        SafetensorsFile.open(SmallRun.newest(run).resolve("encoder.safetensors"))) {
      float[] all =
          new float[(int) file.shape(tensor).stream().reduce(1L, (a, b) -> a * b).longValue()];
      file.readFloats(
          tensor, (at, values, count) -> System.arraycopy(values, 0, all, (int) at, count));
      return all;
    }
  }

  @Test
  void shouldKeepTheWeightsAndComputePositions() throws Exception {
    List<String> said = Collections.synchronizedList(new ArrayList<>());
    Path second = temp.resolve("second");
    RunListener listener =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {}

          @Override
          public void noted(String text) {
            said.add(text);
          }
        };
    RunOutcome outcome = goOn(second, listener, "data.image-size=48");

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(said).contains("its images had 32 x 32 pixels; positions are computed for 48 x 48");
    for (String tensor : List.of("patch_embed.proj.weight", "blocks.1.mlp.fc1.weight")) {
      assertThat(weights(second, tensor)).as(tensor).isEqualTo(weights(first, tensor));
    }
    assertThat(weights(first, "pos_embed")).hasSize(8 * 8 * 16);
    assertThat(weights(second, "pos_embed")).hasSize(12 * 12 * 16);
  }

  @Test
  void shouldRefuseAnotherModel() {
    assertThatThrownBy(() -> goOn(temp.resolve("second"), RunListener.NONE, "model.encoder=32/2/2"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("holds another model: encoder 16/2/2, not 32/2/2;");
  }
}
