package org.ijepa.crop;

import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * The random resized crop of Inception-style training: area uniform, aspect log-uniform, ten tries,
 * then the largest centred crop whose aspect is allowed.
 *
 * @param minScale least area, as a fraction of the image's
 * @param maxScale largest area, as a fraction of the image's
 * @param minAspect least width / height
 * @param maxAspect largest width / height
 */
public record CropRules(double minScale, double maxScale, double minAspect, double maxAspect) {
  private static final int TRIES = 10;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is empty or outside what a crop can have
   */
  public CropRules {
    if (!(0 < minScale && minScale <= maxScale && maxScale <= 1)) {
      throw new IllegalArgumentException(
          "crop scale ["
              + minScale
              + ", "
              + maxScale
              + "]: two numbers above 0 and up to 1 are needed, the smaller first");
    }
    if (!(0 < minAspect && minAspect <= maxAspect && maxAspect < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "crop aspect ["
              + minAspect
              + ", "
              + maxAspect
              + "]: two positive numbers are needed, the smaller first");
    }
  }

  /** The published ranges: scale 0.3 to 1, aspect 3/4 to 4/3. */
  public static CropRules published() {
    return new CropRules(0.3, 1.0, 3.0 / 4, 4.0 / 3);
  }

  /**
   * The crop that belongs to {@code key} in an image of the given size, the same on every machine.
   *
   * @param key the tuple (seed, epoch, position, attempt)
   * @param imageWidth in pixels, at least 1
   * @param imageHeight in pixels, at least 1
   */
  public Crop choose(RandomKey key, int imageWidth, int imageHeight) {
    if (imageWidth < 1 || imageHeight < 1) {
      throw new IllegalArgumentException(
          "an image of " + imageWidth + " x " + imageHeight + " pixels has nothing to crop");
    }
    KeyedRandom random = key.stream();
    double area = (double) imageWidth * imageHeight;
    double minLog = StrictMath.log(minAspect);
    double maxLog = StrictMath.log(maxAspect);
    for (int attempt = 0; attempt < TRIES; attempt++) {
      double cropArea = area * (minScale + random.nextDouble() * (maxScale - minScale));
      double aspect = StrictMath.exp(minLog + random.nextDouble() * (maxLog - minLog));
      long width = round(StrictMath.sqrt(cropArea * aspect));
      long height = round(StrictMath.sqrt(cropArea / aspect));
      if (width >= 1 && width <= imageWidth && height >= 1 && height <= imageHeight) {
        int top = random.nextInt(imageHeight - (int) height + 1);
        int left = random.nextInt(imageWidth - (int) width + 1);
        return new Crop(left, top, (int) width, (int) height);
      }
    }
    return centred(imageWidth, imageHeight);
  }

  private Crop centred(int imageWidth, int imageHeight) {
    double aspect = (double) imageWidth / imageHeight;
    int width = imageWidth;
    int height = imageHeight;
    if (aspect < minAspect) {
      height = (int) Math.min(imageHeight, Math.max(1, round(imageWidth / minAspect)));
    } else if (aspect > maxAspect) {
      width = (int) Math.min(imageWidth, Math.max(1, round(imageHeight * maxAspect)));
    }
    return new Crop((imageWidth - width) / 2, (imageHeight - height) / 2, width, height);
  }

  /** Halves round to even, as in the published code's language. */
  private static long round(double value) {
    return (long) StrictMath.rint(value);
  }
}
