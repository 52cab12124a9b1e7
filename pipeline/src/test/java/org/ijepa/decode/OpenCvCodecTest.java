package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

class OpenCvCodecTest {
  private static final ImageHeader HEADER =
      new ImageHeader(ImageFormat.PNG, 4000, 3000, 3, Inks.NONE);

  /** What OpenCV says of a matrix that cannot be. */
  private static CvException complaint(int rows, int columns) {
    OpenCvLibrary.load();
    return catchThrowableOfType(
        CvException.class, () -> new Mat(rows, columns, CvType.CV_8UC1).release());
  }

  @Test
  void shouldNotTakeLackOfMemoryForABadImage() {
    // 2^50 bytes: more than a process can address.
    CvException complaint = complaint(1 << 25, 1 << 25);
    assertThatThrownBy(() -> OpenCvCodec.refused(HEADER, complaint))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("no memory to decode a PNG of 4000 x 3000 pixels")
        .hasMessageContaining("Insufficient memory")
        .satisfies(e -> assertThat(((Failure) e).exitCode()).isEqualTo(ExitCode.INTERRUPTED));
  }

  @Test
  void shouldTakeAnyOtherComplaintForABadImage() {
    BadImage bad = OpenCvCodec.refused(HEADER, complaint(-1, 1));
    assertThat(bad.reason()).isEqualTo(BadImage.Cause.CORRUPT);
    assertThat(bad).hasMessageContaining("was refused by OpenCV: cv::Exception");
  }
}
