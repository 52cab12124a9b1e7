package org.ijepa.feature;

import org.ijepa.decode.BadImage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.source.DataSource;

/** The images of a set that can be read. */
public final class LabelledPart {
  private final DataSource source;
  private final long[] samples;
  private final Shifts shifts;

  /**
   * Images of a source.
   *
   * @param samples their numbers in it
   * @param shifts how they are moved before the encoder sees them
   */
  public LabelledPart(DataSource source, long[] samples, Shifts shifts) {
    this.source = source;
    this.samples = samples.clone();
    this.shifts = shifts;
  }

  DataSource source() {
    return source;
  }

  Shifts shifts() {
    return shifts;
  }

  int size() {
    return samples.length;
  }

  /** Number in the source of the image in a row. */
  long sample(int row) {
    return samples[row];
  }

  /** One of them cannot be read any more. */
  Failure changed(long sample, BadImage cause) {
    return new Failure(
        ExitCode.BAD_DATA,
        source.describe(sample) + " cannot be read any more: " + cause.getMessage(),
        "evaluate on images that nobody changes meanwhile",
        cause);
  }
}
