package org.ijepa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SceneDatasetTest {
  private static final SceneSettings SMALL = new SceneSettings(48, 1, 10, 1, 0.9);

  @TempDir private Path folder;

  @Test
  void shouldWritePicturesWithTheirLabels() throws IOException {
    SceneDataset.write(NewFiles.in(folder), 5, 8, 3, SMALL, done -> {});
    assertThat(names(folder))
        .containsExactly(
            "labels.csv",
            "scene-0000008.jpg",
            "scene-0000009.jpg",
            "scene-0000010.jpg",
            "scenes.json");
    BufferedImage picture = ImageIO.read(folder.resolve("scene-0000009.jpg").toFile());
    assertThat(List.of(picture.getWidth(), picture.getHeight())).containsExactly(48, 48);
  }

  @Test
  void shouldEncodeWhatItRendered() throws IOException {
    SceneDataset.write(NewFiles.in(folder), 5, 0, 1, SMALL, done -> {});
    Scene scene = SceneLayout.draw(RandomKey.of(5, "scene").with(0), 1, 10);
    byte[] rgb = new SceneRenderer(scene, 48, 1).render();
    BufferedImage picture = ImageIO.read(folder.resolve("scene-0000000.jpg").toFile());
    double difference = 0;
    for (int i = 0; i < 48 * 48; i++) {
      int pixel = picture.getRGB(i % 48, i / 48);
      for (int channel = 0; channel < 3; channel++) {
        int decoded = pixel >> (16 - 8 * channel) & 0xFF;
        difference += Math.abs(decoded - (rgb[3 * i + channel] & 0xFF));
      }
    }
    assertThat(difference / (3 * 48 * 48)).isLessThan(6);
  }

  @Test
  void shouldGiveThePicturesOfARangeWhateverTheRange() throws IOException {
    Path whole = folder.resolve("whole");
    Path part = folder.resolve("part");
    SceneDataset.write(NewFiles.in(whole), 5, 0, 12, SMALL, done -> {});
    SceneDataset.write(NewFiles.in(part), 5, 7, 3, SMALL, done -> {});
    for (int i = 7; i < 10; i++) {
      assertThat(part.resolve(SceneDataset.filename(i)))
          .hasSameBinaryContentAs(whole.resolve(SceneDataset.filename(i)));
    }
    assertThat(lines(part).subList(1, 4)).isEqualTo(lines(whole).subList(8, 11));
  }

  @Test
  void shouldGiveOtherPicturesForAnotherSeed() throws IOException {
    SceneDataset.write(NewFiles.in(folder.resolve("a")), 5, 0, 1, SMALL, done -> {});
    SceneDataset.write(NewFiles.in(folder.resolve("b")), 6, 0, 1, SMALL, done -> {});
    assertThat(Files.readAllBytes(folder.resolve("a/scene-0000000.jpg")))
        .isNotEqualTo(Files.readAllBytes(folder.resolve("b/scene-0000000.jpg")));
  }

  @Test
  void shouldLabelTheCountAndTheLeastDepth() throws IOException {
    SceneDataset.write(NewFiles.in(folder), 5, 0, 6, SMALL, done -> {});
    List<String> lines = lines(folder);
    assertThat(lines.get(0)).isEqualTo("path,count,nearest");
    for (int i = 0; i < 6; i++) {
      Scene scene = SceneLayout.draw(RandomKey.of(5, "scene").with(i), 1, 10);
      double nearest = Double.POSITIVE_INFINITY;
      for (Solid solid : scene.solids()) {
        nearest = Math.min(nearest, scene.camera().depth(solid.centre()));
      }
      assertThat(lines.get(i + 1))
          .isEqualTo(
              String.format(
                  Locale.ROOT, "scene-%07d.jpg,%d,%.4f", i, scene.solids().size(), nearest));
    }
  }

  @Test
  void shouldDescribeObjectsAsClevrDoes() throws IOException {
    SceneDataset.write(NewFiles.in(folder), 5, 0, 4, SMALL, done -> {});
    JsonNode scenes =
        new ObjectMapper().readTree(folder.resolve("scenes.json").toFile()).get("scenes");
    assertThat(scenes).hasSize(4);
    for (int i = 0; i < 4; i++) {
      JsonNode scene = scenes.get(i);
      String[] label = lines(folder).get(i + 1).split(",", -1);
      assertThat(scene.get("image_filename").asText()).isEqualTo(label[0]);
      assertThat(scene.get("objects")).hasSize(Integer.parseInt(label[1]));
      assertThat(scene.get("nearest").decimalValue()).isEqualTo(label[2]);
      for (JsonNode object : scene.get("objects")) {
        assertThat(object.fieldNames())
            .toIterable()
            .containsExactly("shape", "color", "material", "3d_coords", "pixel_coords", "radius");
        assertThat(object.get("3d_coords")).hasSize(3);
        assertThat(object.get("pixel_coords")).hasSize(3);
        assertThat(object.get("pixel_coords").get(0).asDouble()).isBetween(0.0, 48.0);
        assertThat(object.get("pixel_coords").get(2).asDouble())
            .isGreaterThanOrEqualTo(Double.parseDouble(label[2]));
      }
    }
  }

  @Test
  void shouldReportProgressUpToTheCount() throws IOException {
    List<Integer> reports = new ArrayList<>();
    SceneDataset.write(
        NewFiles.in(folder), 5, 0, 200, new SceneSettings(32, 1, 1, 1, 0.9), reports::add);
    assertThat(reports).isEqualTo(IntStream.rangeClosed(1, 200).boxed().toList());
  }

  @Test
  void shouldRefuseAFolderWithFiles() throws IOException {
    Files.createFile(folder.resolve("precious.txt"));
    Failure failure =
        failure(() -> SceneDataset.write(NewFiles.in(folder), 5, 0, 1, SMALL, done -> {}));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(names(folder)).containsExactly("precious.txt");
  }

  @Test
  void shouldRefuseAnEmptyRange() {
    Failure failure =
        failure(() -> SceneDataset.write(NewFiles.in(folder), 5, 0, 0, SMALL, done -> {}));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
  }

  @Test
  void shouldNameASettingOutOfRange() {
    Failure failure = failure(() -> new SceneSettings(96, 3, 11, 3, 0.9));
    assertThat(failure).hasMessageContaining("most objects is 11");
    assertThat(failure.hint()).contains("3 (the fewest) to 10");
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws IOException;
  }

  private static Failure failure(Attempt attempt) {
    return catchThrowableOfType(Failure.class, attempt::run);
  }

  private static List<String> lines(Path dataset) throws IOException {
    return Files.readAllLines(dataset.resolve("labels.csv"));
  }

  private static List<String> names(Path dataset) throws IOException {
    try (Stream<Path> files = Files.list(dataset)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
