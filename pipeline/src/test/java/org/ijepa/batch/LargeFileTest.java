package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.ijepa.augment.Augmentation;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.source.DataSource;
import org.ijepa.source.Samples;
import org.ijepa.source.SourceException;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that no memory holds stands among the images. */
class LargeFileTest {
  private static final int IMAGES = 8;
  private static final int GIANT = 3;
  private static final long GIANT_BYTES = 3L << 30;
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(5));

  private static ActorSystem<Object> system;
  private static ImageDecoder decoder;

  @TempDir Path folder;
  private DataSource source;

  @BeforeAll
  static void start() {
    system = ActorSystem.create(Behaviors.ignore(), "large");
    decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT);
  }

  @AfterAll
  static void stop() {
    decoder.close();
    system.terminate();
  }

  @BeforeEach
  void begin() throws IOException {
    for (int i = 0; i < IMAGES; i++) {
      Path file = folder.resolve(i + ".png");
      if (i == GIANT) {
        try (RandomAccessFile giant = new RandomAccessFile(file.toFile(), "rw")) {
          // Takes no room on the disk.
          giant.setLength(GIANT_BYTES);
        }
      } else {
        ImageIO.write(new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
      }
    }
    source =
        DataSource.open(
                folder.toString(),
                uri -> Store.open(uri, S3Access.amazon(), ONCE, system),
                Optional.empty(),
                system)
            .toCompletableFuture()
            .join();
  }

  @Test
  void shouldBeReplacedAsABadSample() {
    for (Samples samples : List.of(source, Samples.of(List.of(source, source)))) {
      SampleOrder order = new SampleOrder(1, samples.size(), IMAGES, 1, Tail.DROP);
      SampleDecoding decoding =
          new SampleDecoding(
              order,
              samples,
              DecodingParts.of(decoder, Runnable::run),
              new CropRules(0.3, 1, 0.75, 1.25),
              Augmentation.none(),
              1,
              16);
      List<BadAttempt> bad = new ArrayList<>();
      for (int slot = 0; slot < samples.size(); slot++) {
        Place place = order.place(slot / IMAGES, slot % IMAGES);
        ByteBuffer target = ByteBuffer.allocateDirect(decoding.imageBytes());
        bad.addAll(
            decoding
                .fetch(place)
                .thenCompose(file -> decoding.decode(place, file, target))
                .toCompletableFuture()
                .join()
                .bad());
      }
      assertThat(bad)
          .hasSizeGreaterThanOrEqualTo((int) samples.size() / IMAGES)
          .allSatisfy(
              attempt -> {
                assertThat(attempt.cause()).isEqualTo("TOO_LARGE");
                assertThat(attempt.toString())
                    .contains("3.png", "the file has 3221225472 bytes: more than 268435456");
              });
    }
  }

  @Test
  void shouldBeNamedWhereItIsWantedAllTheSame() {
    assertThatThrownBy(() -> source.fetch(GIANT).toCompletableFuture().join())
        .hasCauseInstanceOf(SourceException.class)
        .hasMessageContaining("3.png: has 3221225472 bytes, an image may have 268435456; take it");
  }
}
