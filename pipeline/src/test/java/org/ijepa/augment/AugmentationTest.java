package org.ijepa.augment;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final Augmentation FLIP = new Augmentation(true, 0, false);
  private static final Augmentation JITTER = new Augmentation(false, 1, false);
  private static final Augmentation BLUR = new Augmentation(false, 0, true);
  private static final Augmentation ALL = new Augmentation(true, 1, true);

  private static final byte[] IMAGE = {
    1, 2, 3, 4, 5, 6, 7, 8, 9, //
    11, 12, 13, 14, 15, 16, 17, 18, 19, //
    21, 22, 23, 24, 25, 26, 27, 28, 29
  };
  private static final byte[] MIRRORED = {
    7, 8, 9, 4, 5, 6, 1, 2, 3, //
    17, 18, 19, 14, 15, 16, 11, 12, 13, //
    27, 28, 29, 24, 25, 26, 21, 22, 23
  };

  @Test
  void shouldMirrorHalfOfTheImages() {
    int mirrored = 0;
    for (int i = 0; i < 1000; i++) {
      byte[] made = apply(FLIP, RandomKey.of(3, "augment").with(i), IMAGE, 3);
      assertThat(made).isIn(IMAGE, MIRRORED);
      mirrored += Arrays.equals(made, MIRRORED) ? 1 : 0;
    }
    assertThat(mirrored).isBetween(420, 580);
  }

  @Test
  void shouldDependOnTheKeyAlone() {
    for (int i = 0; i < 50; i++) {
      RandomKey key = RandomKey.of(3, "augment").with(i);
      assertThat(apply(ALL, key, IMAGE, 3)).isEqualTo(apply(ALL, key, IMAGE, 3));
    }
  }

  @Test
  void shouldMirrorBackToTheImageOnImagesOfEvenSides() {
    byte[] image = new byte[3 * 4 * 4];
    new Random(5).nextBytes(image);
    RandomKey key = mirroring();
    byte[] once = apply(FLIP, key, image, 4);
    assertThat(once).isNotEqualTo(image);
    assertThat(apply(FLIP, key, once, 4)).isEqualTo(image);
  }

  @Test
  void shouldLeaveImagesAloneByDefault() {
    assertThat(apply(Augmentation.none(), mirroring(), IMAGE, 3)).isEqualTo(IMAGE);
  }

  @Test
  void shouldMirrorThenChangeColorsThenBlurEachAsIfAlone() {
    byte[] image = new byte[3 * 16 * 16];
    new Random(5).nextBytes(image);
    Set<ByteBuffer> made = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      RandomKey key = RandomKey.of(3, "augment").with(i);
      byte[] mirrored = apply(FLIP, key, image, 16);
      byte[] colored = apply(JITTER, key, mirrored, 16);
      byte[] blurred = apply(BLUR, key, colored, 16);
      assertThat(apply(ALL, key, image, 16)).isEqualTo(blurred);
      made.add(ByteBuffer.wrap(blurred));
    }
    assertThat(made).hasSizeGreaterThan(38);
  }

  @Test
  void shouldBlurHalfOfTheImagesByATenthToTwoPixels() {
    int side = 33;
    byte[] line = new byte[3 * side * side];
    for (int y = 0; y < side; y++) {
      Arrays.fill(line, 3 * (y * side + side / 2), 3 * (y * side + side / 2 + 1), (byte) 255);
    }
    List<Double> deviations = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      byte[] made = apply(BLUR, RandomKey.of(3, "augment").with(i), line, side);
      if (!Arrays.equals(made, line)) {
        deviations.add(deviation(made, side));
      }
    }
    // Below a deviation of 0.2 a line's neighbours stay black.
    assertThat(deviations).hasSizeBetween(400, 520);
    assertThat(deviations.stream().mapToDouble(d -> d).max().orElseThrow()).isBetween(1.93, 2.0);
    assertThat(deviations.stream().mapToDouble(d -> d).average().orElseThrow()).isBetween(1.0, 1.2);
  }

  /** Of the middle row's red about its middle, in pixels. */
  private static double deviation(byte[] image, int side) {
    double sum = 0;
    double squares = 0;
    for (int x = 0; x < side; x++) {
      int red = image[3 * (side / 2 * side + x)] & 0xff;
      sum += red;
      squares += red * Math.pow(x - side / 2, 2);
    }
    return Math.sqrt(squares / sum);
  }

  @Test
  void shouldLeaveNoArraysPerImage() {
    ByteBuffer image = ByteBuffer.allocateDirect(3 * 64 * 64);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    applyOften(image);
    long before = threads.getCurrentThreadAllocatedBytes();
    applyOften(image);
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / 100;
    // About 1,100 are seen, for keys and draws; a row of integers has 768.
    assertThat(each).isLessThan(1_600);
  }

  private static void applyOften(ByteBuffer image) {
    for (int i = 0; i < 100; i++) {
      ALL.apply(RandomKey.of(3, "augment").with(i), image, 0, 64);
    }
  }

  private static RandomKey mirroring() {
    int i = 0;
    while (apply(FLIP, RandomKey.of(0, "augment").with(i), IMAGE, 3)[0] == 1) {
      i++;
    }
    return RandomKey.of(0, "augment").with(i);
  }

  /** Applies it to an image with others on both sides, which must stay as they are. */
  private static byte[] apply(Augmentation augmentation, RandomKey key, byte[] image, int side) {
    ByteBuffer images = ByteBuffer.allocateDirect(3 * image.length);
    for (int i = 0; i < 3; i++) {
      images.put(image);
    }
    augmentation.apply(key, images, image.length, side);
    assertThat(images.hasRemaining()).isFalse();
    byte[] made = new byte[image.length];
    for (int i = 0; i < 3; i++) {
      images.get(i * image.length, made);
      if (i != 1) {
        assertThat(made).isEqualTo(image);
      }
    }
    images.get(image.length, made);
    return made;
  }
}
