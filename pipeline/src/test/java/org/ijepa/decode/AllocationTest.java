package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import javax.imageio.ImageIO;
import org.ijepa.crop.CropRules;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What decoding leaves on the Java heap: small objects, never a row or an image. */
class AllocationTest {
  /** About 1,000 are seen; a single row of the crop in an array of its own would be 900 or more. */
  private static final int MOST_BYTES_PER_IMAGE = 1_600;

  private static final int SIDE = 224;

  @ParameterizedTest
  @CsvSource({"OPENCV, 3", "AUTO, 3", "AUTO, 1"})
  void shouldLeaveNoArraysPerImage(ImageDecoders.Choice choice, int channels) throws Exception {
    List<ByteBuffer> photos =
        List.of(
            TestImages.direct(TestImages.bytes("china.jpg")),
            TestImages.direct(TestImages.bytes("flower.jpg")),
            TestImages.direct(grey(3000, 2000)));
    ByteBuffer target = ByteBuffer.allocateDirect(SIDE * SIDE * 3);
    ImageDecoders.Options options =
        new ImageDecoders.Options(choice, ImageDecoders.PILLOW_PIXEL_LIMIT, false, channels);
    try (ImageDecoder decoder = ImageDecoders.open(options)) {
      for (ByteBuffer photo : photos) {
        // Scratch memory grows to what these crops need, and classes are loaded.
        decode(decoder, photo, target);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        int images = decode(decoder, photo, target);
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / images;
        assertThat(each).isLessThan(MOST_BYTES_PER_IMAGE);
      }
    }
  }

  private static int decode(ImageDecoder decoder, ByteBuffer photo, ByteBuffer target)
      throws BadImage {
    int images = 20;
    for (int i = 0; i < images; i++) {
      RandomKey key = RandomKey.of(0, "crop").with(i);
      decoder.decode(
          photo, (w, h) -> CropRules.published().choose(key, w, h), SIDE, target.clear());
    }
    return images;
  }

  private static byte[] grey(int width, int height) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY), "jpg", out);
    return out.toByteArray();
  }
}
