package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.ijepa.decode.DecodeTrial.End;
import org.ijepa.decode.DecodeTrial.Outcome;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecodeTrialTest {
  private static final String CRASH =
      """
      #
      # A fatal error has been detected by the Java Runtime Environment:
      #
      #  SIGSEGV (0xb) at pc=0x00007f1c, pid=1, tid=2
      #
      # Problematic frame:
      # C  [libturbojpeg.so.0+0x1234]  tjDecompress2+0x1
      #
      """;

  private static final String NO_MEMORY =
      """
      #
      # There is insufficient memory for the Java Runtime Environment to continue.
      # Native memory allocation (mmap) failed to map 65536 bytes for committing reserved memory.
      """;

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource({
    "0, decodes, SURVIVED",
    "134, decodes, DIED",
    "139, decodes, DIED",
    // Killed: by somebody, by the kernel for memory.
    "137, decodes, UNKNOWN",
    "143, decodes, UNKNOWN",
    // An error of Java's.
    "1, decodes, UNKNOWN",
    // It never came to the file.
    "139, loading, UNKNOWN"
  })
  void shouldFindGuiltyWhatASignalOfItsOwnEnds(int code, String said, End end) {
    assertThat(DecodeTrial.outcome(code, said + "\n", "").end()).isEqualTo(end);
  }

  @Test
  void shouldReadWhatJavaWritesAsItIsTakenDown() {
    assertThat(DecodeTrial.outcome(1, "decodes\n", CRASH))
        .isEqualTo(
            new Outcome(End.DIED, "SIGSEGV in C [libturbojpeg.so.0+0x1234] tjDecompress2+0x1"));
    assertThat(DecodeTrial.outcome(1, "", CRASH).end()).isEqualTo(End.UNKNOWN);
    assertThat(DecodeTrial.outcome(1, "decodes\nno memory\n", NO_MEMORY))
        .isEqualTo(new Outcome(End.UNKNOWN, "exit code 1: no memory"));
  }

  @Test
  @Tag("process")
  void shouldSurviveGoodAndBadImages() throws Exception {
    Path good = temp.resolve("good");
    ImageIO.write(new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB), "jpg", good.toFile());
    Path bad = Files.write(temp.resolve("bad"), new byte[] {1, 2, 3});
    ImageDecoders.Options options =
        new ImageDecoders.Options(ImageDecoders.Choice.AUTO, 1 << 20, true, 3);

    Outcome outcome = new DecodeTrial(options, 32, 120).of(List.of(good, bad), temp);

    assertThat(outcome).isEqualTo(new Outcome(End.SURVIVED, ""));
    assertThat(temp.resolve("said.log")).content().contains("decodes", "does no harm");
  }

  @Test
  @Tag("process")
  void shouldSayNothingOfAFileThatIsNotThere() throws Exception {
    ImageDecoders.Options options =
        ImageDecoders.Options.exact(ImageDecoders.Choice.OPENCV, 1 << 20);
    Outcome outcome = new DecodeTrial(options, 32, 120).of(List.of(temp.resolve("gone")), temp);
    assertThat(outcome.end()).isEqualTo(End.UNKNOWN);
  }
}
