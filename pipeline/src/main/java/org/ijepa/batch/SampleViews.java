package org.ijepa.batch;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.source.Samples;

/**
 * Images as they are looked at and not trained on: the square in the middle of each, S x S x C
 * unsigned bytes. Safe for use from many threads, but for those that it decodes on.
 */
public final class SampleViews {
  private final Samples samples;
  private final ImageDecoder decoder;
  private final int side;
  private final Executor threads;
  private final DecodeJournal journal;

  /**
   * Decodes on whichever thread asks, and leaves no word of it.
   *
   * @param side of the views, pixels
   */
  public SampleViews(Samples samples, ImageDecoder decoder, int side) {
    this(samples, decoder, side, Runnable::run, DecodeJournal.NONE);
  }

  /**
   * Decodes on {@code threads}, for which those that ask wait.
   *
   * @param side of the views, pixels
   * @param journal tells a later process what each of the threads decodes
   */
  public SampleViews(
      Samples samples, ImageDecoder decoder, int side, Executor threads, DecodeJournal journal) {
    this.samples = samples;
    this.decoder = decoder;
    this.side = side;
    this.threads = threads;
    this.journal = journal;
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
    return side * side * decoder.channels();
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
                      () -> tryDecode(sample, found, target.duplicate()), threads)
                  .join();
          if (reason.isPresent()) {
            throw reason.get();
          }
        });
  }

  /** Why it cannot be decoded; empty if it is. */
  private Optional<BadImage> tryDecode(long sample, ByteString file, ByteBuffer target) {
    journal.begin(sample);
    try {
      decoder.decodeMiddle(file, side, target);
      return Optional.empty();
    } catch (BadImage e) {
      return Optional.of(e);
    } finally {
      journal.end();
    }
  }
}
