package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.source.Samples;
import org.junit.jupiter.api.Test;

class SoundFileTest {
  private final List<String> used = new ArrayList<>();

  /** Takes one text, and notes all that it is given. */
  private void use(ByteString file) throws BadImage {
    used.add(file.utf8String());
    if (!file.utf8String().equals("sound")) {
      try (ImageDecoder decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, 1)) {
        decoder.decodeMiddle(file, 1, ByteBuffer.allocateDirect(3));
      }
    }
  }

  /** A sample that is read as a function of what was doubted. */
  private static final class Doubted extends SamplesDouble {
    private final UnaryOperator<String> read;

    Doubted(UnaryOperator<String> read) {
      super(1);
      this.read = read;
    }

    @Override
    public CompletionStage<ByteString> fetch(long sample) {
      throw new AssertionError("has been fetched");
    }

    @Override
    public CompletionStage<ByteString> again(long sample, ByteString doubted) {
      return CompletableFuture.supplyAsync(
          () -> ByteString.fromString(read.apply(doubted.utf8String())));
    }
  }

  private void use(String file, UnaryOperator<String> read) throws BadImage {
    SoundFile.use(new Doubted(read), 0, ByteString.fromString(file), this::use);
  }

  @Test
  void shouldNotReadAgainWhatIsSound() throws BadImage {
    use(
        "sound",
        doubted -> {
          throw new AssertionError("doubted");
        });
    assertThat(used).containsExactly("sound");
  }

  @Test
  void shouldUseWhatASecondReadBrings() throws BadImage {
    use("damaged", doubted -> doubted.equals("damaged") ? "damaged otherwise" : "sound");
    assertThat(used).containsExactly("damaged", "damaged otherwise", "sound");
  }

  @Test
  void shouldTakeForBadWhatIsReadTwice() {
    assertThatThrownBy(() -> use("bad", doubted -> doubted)).isInstanceOf(BadImage.class);
    assertThat(used).containsExactly("bad");
  }

  @Test
  void shouldTakeForBadWithoutALookWhatIsTooLarge() {
    Samples giant =
        new SamplesDouble(1) {
          @Override
          public long bytes(long sample) {
            return Samples.MOST_BYTES + 1;
          }

          @Override
          public CompletionStage<ByteString> fetch(long sample) {
            throw new AssertionError("has been fetched");
          }

          @Override
          public CompletionStage<ByteString> again(long sample, ByteString doubted) {
            throw new AssertionError("has been read again");
          }
        };
    ByteString file = SoundFile.fetch(giant, 0).toCompletableFuture().join();
    assertThatThrownBy(() -> SoundFile.use(giant, 0, file, this::use))
        .isInstanceOf(BadImage.class)
        .hasMessage("the file has 268435457 bytes: more than 268435456")
        .satisfies(e -> assertThat(((BadImage) e).reason()).isEqualTo(BadImage.Cause.TOO_LARGE));
    assertThat(used).isEmpty();
  }

  @Test
  void shouldGiveUpOnASampleThatIsAlwaysAnother() {
    AtomicInteger reads = new AtomicInteger();
    assertThatThrownBy(() -> use("first", doubted -> "read " + reads.incrementAndGet()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("image 0 is no image, and has other bytes each of 9 times")
        .satisfies(e -> assertThat(((Failure) e).exitCode()).isEqualTo(ExitCode.INTERRUPTED));
    assertThat(used).hasSize(8);
  }
}
