package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ijepa.failure.Failure;
import org.ijepa.run.FindingLog;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OnlineProbeRunTest {
  private static final String EVERY = "evaluation.every-steps=6";

  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path images;

  @BeforeAll
  static void makeImages() throws Exception {
    images = SmallRun.images(shared.resolve("images"));
  }

  /** The pictures again, labelled by the parity and the size of their numbers. */
  private Path labelled() throws Exception {
    Path folder = SmallRun.images(temp.resolve("labelled"));
    StringBuilder labels = new StringBuilder("path,parity,number\n");
    for (int i = 0; i < 40; i++) {
      labels.append(String.format("%03d.png,%d,%d%n", i, i % 2, i));
    }
    Files.writeString(folder.resolve("labels.csv"), labels);
    return folder;
  }

  private static List<FindingLog.Line> findings(Path out) throws Exception {
    return FindingLog.read(out.resolve("probe.jsonl"));
  }

  @Test
  void shouldProbeLabelledImagesAndChangeNoBitOfTheRun() throws Exception {
    Path without = temp.resolve("without");
    Path with = temp.resolve("with");
    SmallRun.run(SmallRun.settings(images), without, StepProbe.NONE);
    SmallRun.run(
        SmallRun.settings(images, EVERY, "evaluation.data=\"" + labelled() + "\""),
        with,
        StepProbe.NONE);

    assertThat(SmallRun.losses(with)).isEqualTo(SmallRun.losses(without));
    assertThat(SmallRun.tensors(with)).isEqualTo(SmallRun.tensors(without));
    assertThat(findings(without)).isEmpty();
    assertThat(findings(with)).extracting(FindingLog.Line::step).containsExactly(0L, 5L, 11L);
    assertThat(findings(with))
        .allSatisfy(line -> assertThat(line.numbers().get("accuracy")).isBetween(0.0, 1.0))
        .allSatisfy(line -> assertThat(line.numbers().get("images")).isEqualTo(40))
        .allSatisfy(line -> assertThat(line.text()).startsWith("20 nearest neighbours: accuracy"));
  }

  @Test
  void shouldLookForCollapseOnHeldOutImages() throws Exception {
    Path few = SmallRun.images(temp.resolve("few"));
    for (int i = 9; i < 40; i++) {
      Files.delete(few.resolve(String.format("%03d.png", i)));
    }
    Path out = temp.resolve("run");
    SmallRun.run(
        SmallRun.settings(
            images,
            "evaluation.collapse.every-steps=6",
            "evaluation.collapse.images=40",
            "evaluation.every-steps=0",
            "evaluation.data=\"" + few + "\""),
        out,
        StepProbe.NONE);

    assertThat(findings(out)).isEmpty();
    assertThat(FindingLog.read(out.resolve("collapse.jsonl")))
        .hasSize(3)
        .allSatisfy(line -> assertThat(line.numbers().get("images")).isEqualTo(9));
  }

  @Test
  void shouldWarnWhereWhatIsHeldOutIsTrainedOn() throws Exception {
    Path out = temp.resolve("run");
    SmallRun.run(
        SmallRun.settings(
            images, "evaluation.every-steps=0", "evaluation.data=\"" + images + "/\""),
        out,
        StepProbe.NONE);

    assertThat(out.resolve("events.jsonl"))
        .content()
        .contains("warning: evaluation.data is what the run trains on");
  }

  @Test
  void shouldRegressLabelsThatAreNumbers() throws Exception {
    Path out = temp.resolve("run");
    SmallRun.run(
        SmallRun.settings(
            images,
            EVERY,
            "evaluation.data=\"" + labelled() + "\"",
            "evaluation.label=number",
            "evaluation.probe=ridge"),
        out,
        StepProbe.NONE);

    assertThat(findings(out)).hasSize(3);
    assertThat(findings(out))
        .allSatisfy(line -> assertThat(line.numbers().get("mean_absolute_error")).isPositive());
  }

  @Test
  void shouldKeepTheBestCheckpointByProbe() throws Exception {
    Path out = temp.resolve("run");
    String data = "evaluation.data=\"" + labelled() + "\"";
    Settings settings =
        SmallRun.settings(
            images,
            data,
            "evaluation.label=number",
            "evaluation.probe=ridge",
            "evaluation.every-steps=2",
            "checkpoint.every-steps=2",
            "checkpoint.keep-last=1");
    SmallRun.run(settings, out, StepProbe.NONE);

    // Of what is written while a checkpoint before it is in flight, nothing need be left.
    List<Path> left = SmallRun.checkpoints(out);
    JsonNode newest = state(SmallRun.newest(out));
    assertThat(newest.path("probe").path("step").asLong()).isEqualTo(11);
    double score = newest.path("probe").path("score").asDouble();
    assertThat(findings(out).get(6).numbers().get("r2")).isEqualTo(score);
    assertThat(left).hasSizeLessThanOrEqualTo(2);
    if (left.size() == 2) {
      JsonNode best = state(left.get(0));
      assertThat(best.path("probe").path("score").asDouble()).isGreaterThanOrEqualTo(score);
    }
  }

  private static JsonNode state(Path checkpoint) throws IOException {
    return new ObjectMapper().readTree(checkpoint.resolve("state.json").toFile());
  }

  @Test
  void shouldRefuseImagesOfOneLabelBeforeTheFirstStep() throws Exception {
    Path folder = SmallRun.images(temp.resolve("one").resolve("label")).getParent();
    assertThatThrownBy(
            () ->
                SmallRun.run(
                    SmallRun.settings(images, EVERY, "evaluation.data=\"" + folder + "\""),
                    temp.resolve("run"),
                    StepProbe.NONE))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("one label");
  }
}
