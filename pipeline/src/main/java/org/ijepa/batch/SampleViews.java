package org.ijepa.batch;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.source.Samples;

/**
 * Images as they are looked at and not trained on: the square in the middle of each, S x S x C
 * unsigned bytes. Safe for use from many threads, but for those that it decodes on.
 */
public final class SampleViews {
  private final Samples samples;
  private final DecodingParts parts;
  private final int side;

  /**
   * Decodes on whichever thread asks, and leaves no word of it.
   *
   * @param side of the views, pixels
   */
  public SampleViews(Samples samples, ImageDecoder decoder, int side) {
    this(samples, DecodingParts.of(decoder, Runnable::run), side);
  }

  /**
   * Those that ask wait for the threads that decode.
   *
   * @param side of the views, pixels
   */
  public SampleViews(Samples samples, DecodingParts parts, int side) {
    this.samples = samples;
    this.parts = parts;
    this.side = side;
  }

  /** Whose views they are. */
  public Samples samples() {
    return samples;
  }

  /** S, pixels. */
  public int side() {
    return side;
  }

  /** Bytes of a view. */
  public int imageBytes() {
    return side * side * parts.decoder().channels();
  }

  /**
   * Reads and decodes a sample.
   *
   * @throws BadImage if the sample cannot be used
   */
  public byte[] of(long sample) throws BadImage {
    ByteBuffer pixels = ByteBuffer.allocateDirect(imageBytes());
    decode(sample, SoundFile.fetch(samples, sample).toCompletableFuture().join(), pixels);
    byte[] array = new byte[pixels.remaining()];
    pixels.get(array);
    return array;
  }

  /**
   * Decodes a sample's file, which {@link SoundFile#fetch} brought.
   *
   * @param target native memory that the view is written to, from its position, which stays
   * @throws BadImage if the sample cannot be used
   * @throws java.util.concurrent.RejectedExecutionException if the threads have ended
   */
  public void decode(long sample, ByteString file, ByteBuffer target) throws BadImage {
    SoundFile.use(
        samples,
        sample,
        file,
        found -> {
          Optional<BadImage> reason =
              CompletableFuture.supplyAsync(
                      () -> tryDecode(sample, found, target.duplicate()), parts.threads())
                  .join();
          if (reason.isPresent()) {
            throw reason.get();
          }
        });
  }

  /** Why it cannot be decoded; empty if it is. */
  private Optional<BadImage> tryDecode(long sample, ByteString file, ByteBuffer target) {
    parts.journal().begin(sample);
    try {
      parts.decoder().decodeMiddle(file, side, target);
      return Optional.empty();
    } catch (BadImage e) {
      return Optional.of(e);
    } finally {
      parts.journal().end();
    }
  }
}
