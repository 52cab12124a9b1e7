package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that change while a run reads them end it, named and resumably: a substitute would make it
 * another run.
 */
final class ChangedSourceRunTest {
  @TempDir Path temp;
  private Path images;
  private Path kept;

  @BeforeEach
  void makeImages() throws IOException {
    images = SmallRun.images(temp.resolve("images"));
    kept = SmallRun.images(temp.resolve("kept"));
  }

  private interface Change {
    void apply(Path image) throws IOException;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  /** A run whose images all change once its first step is decided. */
  private RunOutcome run(Settings settings, Path out, Change change) throws Exception {
    RunListener changing =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {
            try {
              if (metrics.step() == 0) {
                for (Path image : files(images)) {
                  change.apply(image);
                }
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }

          @Override
          public void noted(String text) {}
        };
    return SmallRun.run(settings, out, StepProbe.NONE, changing);
  }

  /** The same images again let the same command end as a run that nothing happened to. */
  private void assertEndsAndGoesOn(Change change, String word) throws Exception {
    Settings settings = SmallRun.settings(images, "optimization.steps=20");
    Path out = temp.resolve("run");
    RunOutcome outcome = run(settings, out, change);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(outcome.text()).contains("cannot read a sample", images.toString(), ".png", word);
    for (Path image : files(kept)) {
      Files.write(images.resolve(image.getFileName()), Files.readAllBytes(image));
    }
    RunOutcome rest = SmallRun.run(settings, out, StepProbe.NONE);
    assertThat(rest.exitCode()).as(rest.text()).isEqualTo(ExitCode.DONE);
    Path undisturbed = temp.resolve("undisturbed");
    SmallRun.run(settings, undisturbed, StepProbe.NONE);
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(undisturbed));
    assertThat(Files.readString(out.resolve("quarantine.jsonl"))).isEmpty();
  }

  @Test
  void shouldEndResumablyWhenImagesVanish() throws Exception {
    assertEndsAndGoesOn(Files::delete, "was there when it was indexed and is gone");
  }

  @Test
  void shouldEndResumablyWhenImagesGrow() throws Exception {
    assertEndsAndGoesOn(
        image -> Files.write(image, new byte[Math.toIntExact(2 * Files.size(image))]),
        "of when it was indexed");
  }

  @Test
  void shouldEndResumablyWhenImagesShrink() throws Exception {
    assertEndsAndGoesOn(image -> Files.write(image, new byte[1]), "has 1 bytes, had");
  }
}
