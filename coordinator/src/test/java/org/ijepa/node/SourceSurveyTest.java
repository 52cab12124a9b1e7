package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.node.SourceSurvey.Part;
import org.ijepa.node.SourceSurvey.Speed;
import org.ijepa.settings.Settings;
import org.ijepa.source.IndexProgress;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SourceSurveyTest {
  @TempDir static Path shared;
  @TempDir Path temp;
  private static Path images;

  @BeforeAll
  static void draw() throws IOException {
    images = SmallRun.images(shared.resolve("images"));
  }

  private static SourceSurvey open(Settings settings) throws IOException {
    return SourceSurvey.open(settings, uri -> IndexProgress.NONE);
  }

  @Test
  void shouldSayWhatAnEpochUses() throws IOException {
    try (SourceSurvey survey = open(SmallRun.settings(images, "optimization.global-batch=24"))) {
      assertThat(survey.images()).isEqualTo(40);
      assertThat(survey.stepsPerEpoch()).isEqualTo(1);
      assertThat(survey.parts()).hasSize(1);
      Part part = survey.parts().get(0);
      assertThat(part.isInS3()).isFalse();
      assertThat(part.reads().samples()).isEqualTo(40);
      assertThat(part.images()).isEqualTo(24);
      assertThat(part.share()).isEqualTo(24 / 40.0);
      long bytes = 0;
      for (Path file : SmallRun.files(images)) {
        bytes += Files.size(file);
      }
      assertThat(part.reads().bytes()).isEqualTo(bytes);
    }
  }

  @Test
  void shouldDivideAnEpochAmongSources() throws IOException {
    Path shards = SmallRun.shards(temp.resolve("shards"), images);
    Files.createFile(shards.resolve("notes.txt"));
    Settings settings =
        SmallRun.settings(
            images,
            "data.uri=[{uri=\"%s\", proportion=0.75}, {uri=\"%s\", proportion=0.25}]"
                .formatted(images, shards));
    try (SourceSurvey survey = open(settings)) {
      // 80 images in steps of 8.
      assertThat(survey.stepsPerEpoch()).isEqualTo(10);
      assertThat(survey.parts().get(0).images()).isEqualTo(60);
      assertThat(survey.parts().get(1).images()).isEqualTo(20);
      assertThat(survey.parts().get(0).share()).isEqualTo(1.5);
      assertThat(survey.parts().get(1).reads().listing()).isEqualTo(1);
      assertThat(survey.parts().get(0).ignored().count()).isZero();
      assertThat(survey.parts().get(1).ignored().first()).isEqualTo("notes.txt");
    }
  }

  @Test
  void shouldTimeReadingAndDecoding() throws IOException {
    AtomicLong nanos = new AtomicLong();
    try (SourceSurvey survey = open(SmallRun.settings(images))) {
      // Whatever lies between two looks at the clock takes half a second.
      Speed speed = survey.measure(() -> nanos.getAndAdd(500_000_000));
      assertThat(speed.images()).isEqualTo(48);
      assertThat(speed.readRate()).isEqualTo(96);
      assertThat(speed.decodeRate()).isEqualTo(96);
      assertThat(speed.meanBytes()).isBetween(200.0, 20_000.0);
      assertThat(survey.measure(System::nanoTime).decodeRate()).isPositive();
    }
  }

  @Test
  void shouldSayWhatIsWrongWithTheData() throws IOException {
    assertThatThrownBy(() -> open(SmallRun.settings(temp.resolve("nowhere"))))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("no such folder");
    Path broken = Files.createDirectory(temp.resolve("broken"));
    for (int i = 0; i < 20; i++) {
      Files.writeString(broken.resolve(i + ".png"), "no image");
    }
    try (SourceSurvey survey = open(SmallRun.settings(broken))) {
      assertThatThrownBy(() -> survey.measure(System::nanoTime))
          .isInstanceOfSatisfying(
              Failure.class,
              failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.BAD_DATA));
    }
  }
}
