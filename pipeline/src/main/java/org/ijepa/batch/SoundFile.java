package org.ijepa.batch;

import akka.util.ByteString;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.ijepa.decode.BadImage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.source.Samples;

/**
 * A sample's file for those who wait for it. One that the index says to be too large is bad without
 * a look at its bytes. What cannot be decoded is read again: only bytes that a second read brings
 * as well can be the sample's own fault, all others are the way's.
 */
public final class SoundFile {
  /** Reads of a sample that each bring other bytes. */
  static final int MOST_READS = 8;

  private SoundFile() {}

  /** What a file is needed for. */
  @FunctionalInterface
  public interface Use {
    /**
     * May be called more than once, with other bytes.
     *
     * @throws BadImage if the bytes cannot be used
     */
    void of(ByteString file) throws BadImage;
  }

  /**
   * The file of a sample, for {@link #use}: empty where it is too large.
   *
   * @return fails as {@link Samples#fetch} does
   */
  public static CompletionStage<ByteString> fetch(Samples samples, long sample) {
    return tooLarge(samples, sample).isPresent()
        ? CompletableFuture.completedStage(ByteString.emptyByteString())
        : samples.fetch(sample);
  }

  /** Bytes that {@link #fetch} brings into memory. */
  public static long bytes(Samples samples, long sample) {
    return tooLarge(samples, sample).isPresent() ? 0 : samples.bytes(sample);
  }

  /** Why a sample is bad by its size; decided by the index, so the same on every node. */
  static Optional<BadImage> tooLarge(Samples samples, long sample) {
    long bytes = samples.bytes(sample);
    return bytes > Samples.MOST_BYTES
        ? Optional.of(BadImage.ofSize(bytes, Samples.MOST_BYTES))
        : Optional.empty();
  }

  /**
   * Uses a file that was fetched.
   *
   * @throws BadImage if the sample cannot be used
   * @throws Failure if each read brings other bytes that cannot be used
   * @throws CompletionException if it cannot be read again
   */
  public static void use(Samples samples, long sample, ByteString file, Use use) throws BadImage {
    Optional<BadImage> tooLarge = tooLarge(samples, sample);
    if (tooLarge.isPresent()) {
      throw tooLarge.get();
    }
    ByteString bytes = file;
    for (int reads = 1; ; reads++) {
      try {
        use.of(bytes);
        return;
      } catch (BadImage e) {
        ByteString again = samples.again(sample, bytes).toCompletableFuture().join();
        if (again.asByteBuffer().equals(bytes.asByteBuffer())) {
          throw e;
        }
        if (reads == MOST_READS) {
          throw unsteady(samples, sample);
        }
        bytes = again;
      }
    }
  }

  static Failure unsteady(Samples samples, long sample) {
    return new Failure(
        ExitCode.INTERRUPTED,
        "cannot read a sample: %s is no image, and has other bytes each of %d times that it is read"
            .formatted(samples.name(sample), MOST_READS + 1),
        "mend the store, or what lies between, and start the same command again");
  }
}
