package org.ijepa.crop;

/** A rectangle of an image, in pixels. */
public record Crop(int left, int top, int width, int height) {

  /** The largest square in the middle. */
  public static Crop centerSquare(int imageWidth, int imageHeight) {
    int side = Math.min(imageWidth, imageHeight);
    return new Crop((imageWidth - side) / 2, (imageHeight - side) / 2, side, side);
  }
}
