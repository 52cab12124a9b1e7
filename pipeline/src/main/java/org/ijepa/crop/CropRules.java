package org.ijepa.crop;

import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * Random resized crop: area uniform within a share of the image's, aspect (width / height)
 * log-uniform, ten tries, then a centre crop with the image's aspect brought into the range.
 */
public record CropRules(double minScale, double maxScale, double minAspect, double maxAspect) {
  private static final int TRIES = 10;

  /** The crop of an image of this size that belongs to {@code key}. */
  public Crop choose(RandomKey key, int imageWidth, int imageHeight) {
    KeyedRandom random = key.stream();
    double area = (double) imageWidth * imageHeight;
    double minLog = StrictMath.log(minAspect);
    double maxLog = StrictMath.log(maxAspect);
    for (int i = 0; i < TRIES; i++) {
      double wanted = area * (minScale + random.nextDouble() * (maxScale - minScale));
      double aspect = StrictMath.exp(minLog + random.nextDouble() * (maxLog - minLog));
      int width = (int) StrictMath.rint(StrictMath.sqrt(wanted * aspect));
      int height = (int) StrictMath.rint(StrictMath.sqrt(wanted / aspect));
      if (width > 0 && width <= imageWidth && height > 0 && height <= imageHeight) {
        int top = random.nextInt(imageHeight - height + 1);
        int left = random.nextInt(imageWidth - width + 1);
        return new Crop(left, top, width, height);
      }
    }
    return center(imageWidth, imageHeight);
  }

  private Crop center(int imageWidth, int imageHeight) {
    double aspect = (double) imageWidth / imageHeight;
    int width = imageWidth;
    int height = imageHeight;
    if (aspect < minAspect) {
      height = Math.max(1, (int) StrictMath.rint(width / minAspect));
    } else if (aspect > maxAspect) {
      width = Math.max(1, (int) StrictMath.rint(height * maxAspect));
    }
    return new Crop((imageWidth - width) / 2, (imageHeight - height) / 2, width, height);
  }
}
