package org.ijepa.crop;

/**
 * A rectangle of an image, in pixels; it lies within the image and is not empty.
 *
 * @param left columns to the left of it
 * @param top rows above it
 * @param width columns in it
 * @param height rows in it
 */
public record Crop(int left, int top, int width, int height) {
  /** The square in the middle of an image, as wide as its shorter side. */
  public static Crop middle(int imageWidth, int imageHeight) {
    int side = Math.min(imageWidth, imageHeight);
    return new Crop((imageWidth - side) / 2, (imageHeight - side) / 2, side, side);
  }
}
