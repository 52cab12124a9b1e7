package org.ijepa.decode;

import org.ijepa.crop.Crop;

/** Chooses the part of an image, once its size is known. */
public interface CropChooser {
  /** The rectangle of an image of this size, in pixels. */
  Crop choose(int width, int height);
}
