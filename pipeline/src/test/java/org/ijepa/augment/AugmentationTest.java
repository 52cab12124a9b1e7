package org.ijepa.augment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

class AugmentationTest {
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
      byte[] made = apply(new Augmentation(true), RandomKey.of(3, "augment").with(i), IMAGE, 3);
      assertThat(made).isIn(IMAGE, MIRRORED);
      mirrored += Arrays.equals(made, MIRRORED) ? 1 : 0;
    }
    assertThat(mirrored).isBetween(420, 580);
  }

  @Test
  void shouldDependOnTheKeyAlone() {
    for (int i = 0; i < 50; i++) {
      RandomKey key = RandomKey.of(3, "augment").with(i);
      assertThat(apply(new Augmentation(true), key, IMAGE, 3))
          .isEqualTo(apply(new Augmentation(true), key, IMAGE, 3));
    }
  }

  @Test
  void shouldMirrorBackToTheImageOnImagesOfEvenSides() {
    byte[] image = new byte[3 * 4 * 4];
    new Random(5).nextBytes(image);
    RandomKey key = mirroring();
    byte[] once = apply(new Augmentation(true), key, image, 4);
    assertThat(once).isNotEqualTo(image);
    assertThat(apply(new Augmentation(true), key, once, 4)).isEqualTo(image);
  }

  @Test
  void shouldLeaveImagesAloneByDefault() {
    assertThat(apply(Augmentation.none(), mirroring(), IMAGE, 3)).isEqualTo(IMAGE);
  }

  private static RandomKey mirroring() {
    int i = 0;
    while (apply(new Augmentation(true), RandomKey.of(0, "augment").with(i), IMAGE, 3)[0] == 1) {
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
