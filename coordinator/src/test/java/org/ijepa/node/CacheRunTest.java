package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.ijepa.coordinator.RunListener;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run with a cache of samples beside one without. */
class CacheRunTest {
  @TempDir private Path temp;
  private Path images;

  @BeforeEach
  void makeImages() throws IOException {
    images = SmallRun.images(temp.resolve("images"));
  }

  private Settings cached() {
    return SmallRun.settings(
        images,
        "data.cache.dir=\"" + temp.resolve("cache") + "\"",
        "data.cache.limit=10 MiB",
        "evaluation.collapse.every-steps=0");
  }

  private String run(Settings settings, String name) throws Exception {
    List<String> notes = new ArrayList<>();
    RunListener listener =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {}

          @Override
          public synchronized void noted(String text) {
            notes.add(text);
          }
        };
    SmallRun.run(settings, temp.resolve(name), StepProbe.NONE, listener);
    return notes.stream().filter(note -> note.startsWith("cache: ")).findFirst().orElse("");
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.walk(temp.resolve("cache"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void shouldHaveTheBitsOfARunWithoutAlsoWhereFilesAreDamaged() throws Exception {
    assertThat(run(SmallRun.settings(images, "evaluation.collapse.every-steps=0"), "without"))
        .isEmpty();
    assertThat(run(cached(), "first")).contains(" 0 damaged");
    assertThat(kept()).hasSize(40);
    Files.write(kept().get(3), new byte[] {1, 2, 3});
    assertThat(run(cached(), "second")).contains(" 1 damaged");
    assertThat(kept()).hasSize(40);

    for (String each : List.of("first", "second")) {
      assertThat(SmallRun.losses(temp.resolve(each)))
          .isEqualTo(SmallRun.losses(temp.resolve("without")));
      assertThat(SmallRun.tensors(temp.resolve(each)))
          .isEqualTo(SmallRun.tensors(temp.resolve("without")));
    }
  }

  @Test
  void shouldReadAnewWhatHasChangedAtItsSource() throws Exception {
    run(cached(), "first");
    Path image = images.resolve("000.png");
    Files.setLastModifiedTime(image, FileTime.from(Instant.parse("2021-01-01T00:00:00Z")));
    run(cached(), "second");
    // The listing is another one now, and nothing is taken on trust of the old.
    assertThat(kept()).hasSize(80);
  }
}
