package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.feature.FeatureExtractor.Wanted;
import org.ijepa.probe.LinearProbe;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Replica;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.source.DataSource;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Noise with labels at random: a few weights cannot tell it apart, an encoder learns it by heart.
 */
class TunedEncoderTest {
  private static final Geometry GEOMETRY =
      new Geometry(16, 4, 3, 16, 2, 2, 32, 8, 1, 2, 16, 1e-6, 1e-5);
  private static final int IMAGES = 80;
  private static ActorSystem<Object> system;

  @TempDir Path folder;

  @BeforeAll
  static void startSystem() {
    system = ActorSystem.create(Behaviors.ignore(), "TunedEncoderTest");
  }

  @AfterAll
  static void stopSystem() {
    system.terminate();
  }

  private DataSource noise() throws Exception {
    KeyedRandom random = RandomKey.of(3, "noise").stream();
    for (int i = 0; i < IMAGES; i++) {
      BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
      for (int at = 0; at < 256; at++) {
        image.setRGB(at % 16, at / 16, random.nextInt(1 << 24));
      }
      ImageIO.write(image, "png", folder.resolve("%03d.png".formatted(i)).toFile());
    }
    return LocalFolder.source(folder, system);
  }

  private static double share(int[] predicted, int[] truth) {
    return IntStream.range(0, truth.length).filter(n -> predicted[n] == truth[n]).count()
        / (double) truth.length;
  }

  @Test
  void shouldLearnWhatALinearLayerCannot() throws Exception {
    DataSource source = noise();
    KeyedRandom random = RandomKey.of(4, "labels").stream();
    int[] labels = IntStream.range(0, IMAGES).map(n -> random.nextInt(2)).toArray();
    int[] rows = IntStream.range(0, IMAGES).toArray();
    CropRules whole = new CropRules(1, 1, 1, 1);
    List<Float> half = List.of(127f, 127f, 127f);
    var options = new Replica.Options(false, false, half, half, Betas.PUBLISHED, 1);
    LabelledPart part =
        new LabelledPart(source, LongStream.range(0, IMAGES).toArray(), Shifts.NONE);
    try (FeatureExtractor extractor = new FeatureExtractor(Device.cpu(), GEOMETRY, options, 1);
        ImageDecoder decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, 1 << 20)) {
      extractor.initialise(new Initialisation(0.2, false, 1), 1);
      Wanted wanted = new Wanted(Encoder.TARGET, 1, Values.AVERAGE);
      float[][] frozen = extractor.features(source, decoder, IMAGES, wanted, done -> {}).rows();
      double linear =
          LinearProbe.fit(
                  frozen, labels, frozen, labels, 1, LinearProbe.Options.defaults().with(1e-6))
              .accuracy();
      Tuning tuning = new Tuning(Encoder.TARGET, 80, 0, whole, false);
      try (TunedEncoder tuned = extractor.tuned(decoder, tuning, part, part)) {
        RandomKey key = RandomKey.of(5, "tuning");
        assertThat(tuned.train(rows, labels, 2, 1e-2, key)).isTrue();
        int[] predicted = tuned.classify(rows);
        assertThat(share(predicted, labels)).isGreaterThan(linear + 0.1).isGreaterThan(0.95);
        assertThat(tuned.classifyTest()).isEqualTo(predicted);

        // Each training begins with the frozen weights.
        tuned.train(rows, labels, 2, 1e-2, key);
        assertThat(tuned.classify(rows)).isEqualTo(predicted);

        assertThat(tuned.train(rows, labels, 2, 1e30, key)).isFalse();
        assertThatThrownBy(() -> tuned.classify(rows))
            .isInstanceOf(Failure.class)
            .hasMessageContaining("features of 000.png are not finite");
      }
      assertThat(extractor.features(source, decoder, IMAGES, wanted, done -> {}).rows())
          .isDeepEqualTo(frozen);
    }
  }
}
