package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import javax.imageio.ImageIO;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.feature.FeatureExtractor.Wanted;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Replica;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.source.DataSource;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More than two batches of grey images, image i all of grey i, with a few files that are none. */
class FeatureExtractorTest {
  private static final Geometry GEOMETRY =
      new Geometry(16, 4, 3, 16, 2, 2, 32, 8, 1, 2, 16, 1e-6, 1e-5);
  private static final int IMAGES = 2 * FeatureExtractor.BATCH + 22;

  /** A first one, two in a row, one on each side of a batch's end. */
  private static final List<Long> BAD =
      List.of(0L, 5L, 6L, FeatureExtractor.BATCH - 1L, (long) FeatureExtractor.BATCH);

  private static ActorSystem<Object> system;

  @TempDir Path folder;

  @BeforeAll
  static void startSystem() {
    system = ActorSystem.create(Behaviors.ignore(), "FeatureExtractorTest");
  }

  @AfterAll
  static void stopSystem() {
    system.terminate();
  }

  @BeforeEach
  void write() throws Exception {
    for (int i = 0; i < IMAGES; i++) {
      Path file = folder.resolve("%03d.png".formatted(i));
      if (BAD.contains((long) i)) {
        Files.writeString(file, "no image " + i, StandardCharsets.US_ASCII);
      } else {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        for (int at = 0; at < 256; at++) {
          image.getRaster().setSample(at % 16, at / 16, 0, i);
        }
        ImageIO.write(image, "png", file.toFile());
      }
    }
  }

  private DataSource source() {
    return LocalFolder.source(folder, system);
  }

  /** Rows as they come, and what could not be read. */
  private static final class Heard implements FeatureExtractor.Rows {
    private final TreeMap<Long, float[]> rows = new TreeMap<>();
    private final List<Long> order = new ArrayList<>();
    private final List<Long> bad = new ArrayList<>();

    @Override
    public void row(long sample, float[] values) {
      order.add(sample);
      rows.put(sample, values);
    }

    @Override
    public void unreadable(long sample, BadImage cause) {
      bad.add(sample);
    }
  }

  private static FeatureExtractor extractor(int threads) {
    List<Float> half = List.of(127f, 127f, 127f);
    var options = new Replica.Options(false, false, half, half, Betas.PUBLISHED, 1);
    return new FeatureExtractor(Device.cpu(), GEOMETRY, options, threads);
  }

  private Heard stream(int threads, Values values) throws Exception {
    Heard heard = new Heard();
    try (FeatureExtractor extractor = extractor(threads);
        ImageDecoder decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, 1 << 20)) {
      extractor.initialise(new Initialisation(0.2, false, 1), 1);
      extractor.stream(source(), decoder, IMAGES, new Wanted(Encoder.TARGET, 1, values), heard);
    }
    return heard;
  }

  @Test
  void shouldGiveEachImageItsOwnRowInOrder() throws Exception {
    Heard heard = stream(3, Values.GREY);

    assertThat(heard.bad).isEqualTo(BAD);
    assertThat(heard.order)
        .hasSize(IMAGES - BAD.size())
        .isSorted()
        .doesNotContainAnyElementsOf(BAD);
    heard.rows.forEach(
        (sample, values) ->
            assertThat(Math.round(values[0] * 255))
                .as("sample " + sample)
                .isEqualTo(sample.intValue()));
  }

  /** More than a batch of them, backwards. */
  @Test
  void shouldGiveSomeImagesTheirRowsInTheOrderAskedFor() throws Exception {
    Heard all = stream(3, Values.PIXELS);
    List<Long> asked = new ArrayList<>();
    for (long sample = IMAGES - 1; sample >= 0; sample -= 2) {
      asked.add(sample);
    }
    Heard some = new Heard();
    try (FeatureExtractor extractor = extractor(3);
        ImageDecoder decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, 1 << 20)) {
      extractor.initialise(new Initialisation(0.2, false, 1), 1);
      Wanted pixels = new Wanted(Encoder.TARGET, 1, Values.PIXELS);
      extractor.stream(source(), decoder, asked, pixels, some);
    }
    assertThat(some.order).isEqualTo(asked.stream().filter(one -> !BAD.contains(one)).toList());
    some.rows.forEach((sample, values) -> assertThat(values).isEqualTo(all.rows.get(sample)));
  }

  @Test
  void shouldGiveTheSameRowsWithAnyNumberOfThreads() throws Exception {
    Heard one = stream(1, Values.PIXELS);
    Heard four = stream(4, Values.PIXELS);

    assertThat(four.order).isEqualTo(one.order);
    one.rows.forEach((sample, values) -> assertThat(four.rows.get(sample)).isEqualTo(values));
  }

  @Test
  void shouldSayWhichFileCannotBeRead() throws Exception {
    DataSource source = source();
    Files.delete(folder.resolve("100.png"));
    try (FeatureExtractor extractor = extractor(2);
        ImageDecoder decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, 1 << 20)) {
      Wanted grey = new Wanted(Encoder.TARGET, 1, Values.GREY);
      assertThatThrownBy(() -> extractor.stream(source, decoder, IMAGES, grey, new Heard()))
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("100.png");
    }
  }
}
