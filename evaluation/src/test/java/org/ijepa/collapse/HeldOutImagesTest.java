package org.ijepa.collapse;

import static org.assertj.core.api.Assertions.assertThat;

import akka.util.ByteString;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.imageio.ImageIO;
import org.ijepa.batch.SampleViews;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.random.RandomKey;
import org.ijepa.source.Samples;
import org.ijepa.store.Hedges;
import org.junit.jupiter.api.Test;

class HeldOutImagesTest {
  private static final int IMAGES = 12;
  private static final int SIDE = 4;
  private static final long BAD = 5;

  /** Pictures of one grey each, but for one sample. */
  private static ByteString file(long sample) {
    if (sample == BAD) {
      return ByteString.fromString("no image");
    }
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < SIDE * SIDE; i++) {
      image.getRaster().setSample(i % SIDE, i / SIDE, 0, (int) sample);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteString.fromArray(bytes.toByteArray());
  }

  /**
   * A store.
   *
   * @param damaged the sample whose first read brings nothing that is an image; -1 for none
   * @param large the sample that is said to be too large; -1 for none
   */
  private record Pictures(long damaged, long large) implements Samples {
    @Override
    public long size() {
      return IMAGES;
    }

    @Override
    public String name(long sample) {
      return "picture " + sample;
    }

    @Override
    public long bytes(long sample) {
      return sample == large ? Samples.MOST_BYTES + 1 : file(sample).size();
    }

    @Override
    public CompletionStage<ByteString> fetch(long sample) {
      ByteString file = file(sample);
      return CompletableFuture.completedStage(sample == damaged ? file.drop(1) : file);
    }

    @Override
    public CompletionStage<ByteString> again(long sample, ByteString doubted) {
      return CompletableFuture.completedStage(file(sample));
    }

    @Override
    public Hedges hedges() {
      return Hedges.NONE;
    }

    @Override
    public String fingerprint() {
      return "00";
    }
  }

  private static HeldOutImages load(long damaged) {
    return load(damaged, -1);
  }

  private static HeldOutImages load(long damaged, long large) {
    try (ImageDecoder decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, 1 << 10)) {
      SampleViews views = new SampleViews(new Pictures(damaged, large), decoder, SIDE);
      return HeldOutImages.load(views, RandomKey.of(1, "held-out"), IMAGES, 1);
    }
  }

  @Test
  void shouldPassOverWhatIsNoImage() {
    HeldOutImages images = load(-1);
    assertThat(images.count()).isEqualTo(IMAGES - 1);
    assertThat(images.samples()).doesNotContain(BAD).doesNotHaveDuplicates();
    assertThat(images.passedOver()).hasSize(1);
    assertThat(images.passedOver().get(0)).startsWith("picture " + BAD + ": ");
    for (int i = 0; i < images.count(); i++) {
      byte[] pixels = new byte[SIDE * SIDE * 3];
      images.pixels(i, 1).get(pixels);
      assertThat(pixels).containsOnly((byte) images.samples()[i]);
    }
  }

  @Test
  void shouldPassOverWhatIsTooLarge() {
    HeldOutImages images = load(-1, BAD + 1);
    assertThat(images.count()).isEqualTo(IMAGES - 2);
    assertThat(images.samples()).doesNotContain(BAD, BAD + 1);
  }

  @Test
  void shouldNotPassOverWhatWasDamagedOnTheWay() {
    HeldOutImages sound = load(-1);
    ByteBuffer expected = sound.pixels(0, sound.count());
    for (long damaged = 0; damaged < IMAGES; damaged++) {
      HeldOutImages images = load(damaged);
      assertThat(images.samples()).isEqualTo(sound.samples());
      assertThat(images.pixels(0, images.count())).isEqualTo(expected);
    }
  }
}
