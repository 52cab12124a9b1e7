package org.ijepa.feature;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import org.ijepa.augment.Augmentation;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.random.RandomKey;

/**
 * Images as a probe's training sees them: a crop, mirrored or not, both drawn by key and sample.
 *
 * @param flip whether half of them are mirrored, left to right
 * @param shifts how they are moved after that
 * @param side of the model's images, pixels
 */
record TrainingViews(ImageDecoder decoder, CropRules crop, boolean flip, Shifts shifts, int side) {

  /**
   * Writes one into the memory from the slot's position on.
   *
   * @param epoch key that both draws follow from
   * @throws BadImage if the bytes cannot be used
   */
  void view(long sample, ByteString file, RandomKey epoch, ByteBuffer slot) throws BadImage {
    RandomKey cropped = epoch.with(sample).with(0);
    RandomKey mirrored = epoch.with(sample).with(1);
    int at = slot.position();
    ByteBuffer bytes = ByteBuffer.allocateDirect(file.size());
    file.copyToBuffer(bytes);
    decoder.decode(
        bytes.flip(), (width, height) -> crop.choose(cropped, width, height), side, slot);
    int channels = decoder.channels();
    new Augmentation(flip, 0, false).apply(mirrored, slot, at, side, channels);
    shifts.apply(sample, slot.position(at), side, channels);
  }
}
