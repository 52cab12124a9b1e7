package org.ijepa.feature;

import org.ijepa.crop.CropRules;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.replica.Replica.Encoder;

/**
 * How an encoder is fine-tuned.
 *
 * @param from whose weights it begins with
 * @param epochs over the labelled images, one at least
 * @param weightDecay of AdamW, on matrices
 * @param crop of the images in training
 * @param flip whether half of them are mirrored, left to right
 */
public record Tuning(Encoder from, int epochs, double weightDecay, CropRules crop, boolean flip) {
  public Tuning {
    if (epochs < 1) {
      throw new Failure(ExitCode.WRONG_USAGE, epochs + " epochs", "give 1 or more");
    }
  }
}
