package org.ijepa.feature;

import org.ijepa.decode.BadImage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.source.DataSource;

/**
 * The images of a set that can be read.
 *
 * @param samples their numbers in the source
 * @param shifts how they are moved before the encoder sees them
 */
public record LabelledPart(DataSource source, long[] samples, Shifts shifts) {
  /** One of them cannot be read any more. */
  Failure changed(long sample, BadImage cause) {
    return new Failure(
        ExitCode.BAD_DATA,
        source.describe(sample) + " cannot be read any more: " + cause.getMessage(),
        "evaluate on images that nobody changes meanwhile",
        cause);
  }
}
