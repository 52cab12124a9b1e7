package org.ijepa.decode;

import org.ijepa.crop.Crop;

/** Says which rectangle of an image is wanted, once its size is known from its header. */
@FunctionalInterface
public interface CropChooser {
  /**
   * Chooses the rectangle.
   *
   * @param width of the image in pixels, as stored (any orientation tag is ignored)
   * @param height of the image in pixels
   * @return a rectangle of at least one pixel that lies within the image
   */
  Crop choose(int width, int height);
}
