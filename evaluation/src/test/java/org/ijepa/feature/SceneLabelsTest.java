package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.util.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.ijepa.failure.Failure;
import org.ijepa.feature.SceneLabels.Scene;
import org.ijepa.source.SampleIndex;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SceneLabelsTest {
  private static final ActorSystem<Void> SYSTEM =
      ActorSystem.create(Behaviors.empty(), "scene-labels");

  @TempDir Path folder;

  @AfterAll
  static void stop() {
    SYSTEM.terminate();
    SYSTEM.getWhenTerminated().toCompletableFuture().join();
  }

  private static SceneLabels parse(String json) {
    return SceneLabels.parse(ByteString.fromString(json), "scenes.json");
  }

  private static String scene(String file, double... depths) {
    StringBuilder objects = new StringBuilder();
    for (double depth : depths) {
      objects.append(objects.isEmpty() ? "" : ",");
      objects.append("{\"color\":\"red\",\"pixel_coords\":[10,20,").append(depth).append("]}");
    }
    return "{\"image_index\":0,\"image_filename\":\"%s\",\"objects\":[%s]}"
        .formatted(file, objects);
  }

  private SampleIndex index(String... files) throws Exception {
    for (String file : files) {
      Path image = folder.resolve("deep").resolve(file);
      Files.createDirectories(image.getParent());
      Files.write(image, new byte[] {1});
    }
    RetryPolicy policy =
        new RetryPolicy(
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofSeconds(5));
    S3Access access = new S3Access(Optional.empty(), Optional.empty(), false);
    Store store = Store.open(folder.toString(), access, policy, SYSTEM);
    return SampleIndex.of(store, SYSTEM).toCompletableFuture().join();
  }

  @Test
  void shouldCountObjectsAndFindTheNearestInClevrsLayout() throws Exception {
    SceneLabels labels =
        parse(
            "{\"info\":{\"scenes\":[1,2],\"split\":\"val\"},\"scenes\":["
                + scene("b.png", 11.5, 8.25, 9)
                + ","
                + scene("a.png", 12)
                + "]}");
    SampleIndex index = index("a.png", "b.png");
    assertThat(labels.of(index, new long[] {0, 1}))
        .containsExactly(new Scene(1, 12), new Scene(3, 8.25));
  }

  @Test
  void shouldNameTheImageThatHasNoScene() throws Exception {
    SceneLabels labels = parse("{\"scenes\":[" + scene("a.png", 12) + "]}");
    SampleIndex index = index("a.png", "c.png");
    assertThatThrownBy(() -> labels.of(index, new long[] {0, 1}))
        .isInstanceOf(Failure.class)
        .hasMessage("1 of 2 images have no scene, the first is deep/c.png");
  }

  @Test
  void shouldRefuseTwoScenesOfOneImage() throws Exception {
    String scenes = "{\"scenes\":[%s,%s]}";
    assertThatThrownBy(() -> parse(scenes.formatted(scene("a.png", 12), scene("a.png", 12, 9))))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("has two different scenes of a.png");

    SceneLabels alike = parse(scenes.formatted(scene("a.png", 12), scene("a.png", 12)));
    assertThat(alike.of(index("a.png"), new long[] {0})).containsExactly(new Scene(1, 12));
  }

  @Test
  void shouldRefuseTwoImagesOfOneName() throws Exception {
    SceneLabels labels = parse("{\"scenes\":[" + scene("a.png", 12) + "]}");
    SampleIndex index = index("x/a.png", "y/a.png");
    assertThatThrownBy(() -> labels.of(index, new long[] {0, 1}))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("two images are called a.png");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                       | has no scenes",
        "{\"scenes\":[]}                          | has no scenes",
        "{\"scenes\":[{\"objects\":[]}]}          | without image_filename",
        "{\"scenes\":[{\"image_filename\":\"a\"}]} | without image_filename or objects",
        "{\"scenes\":[{\"image_filename\":\"a\",\"objects\":[{\"pixel_coords\":[1,2]}]}]} | no depth",
        "{\"scenes\":[{\"image_fil                | cannot be read as JSON",
      })
  void shouldSayWhatIsWrongWithAFile(String json, String expected) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(expected);
  }
}
