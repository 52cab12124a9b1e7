package org.ijepa.collapse;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.ijepa.batch.SampleViews;
import org.ijepa.batch.SoundFile;
import org.ijepa.decode.BadImage;
import org.ijepa.order.Permutation;
import org.ijepa.random.RandomKey;
import org.ijepa.source.Samples;

/**
 * Images of a source, chosen by a key alone, cropped in the middle: unsigned bytes B x S x S x C in
 * native memory. Files that are no usable images are passed over.
 */
public final class HeldOutImages {
  /** Files that are fetched ahead. */
  private static final int AHEAD = 16;

  /** For each image wanted, so many files are tried. */
  private static final int TRIES = 4;

  private final ByteBuffer pixels;
  private final int count;
  private final int imageBytes;
  private final long[] samples;
  private final List<String> passedOver;

  private HeldOutImages(
      ByteBuffer pixels, int count, int imageBytes, long[] samples, List<String> passedOver) {
    this.pixels = pixels;
    this.count = count;
    this.imageBytes = imageBytes;
    this.samples = samples;
    this.passedOver = List.copyOf(passedOver);
  }

  /**
   * Reads them.
   *
   * @param wanted number of images; fewer where the source has no more that can be read, or where
   *     they would be more than 2 GiB
   * @param fileBytes bytes of files that are read ahead; a larger one comes alone
   */
  public static HeldOutImages load(SampleViews views, RandomKey key, int wanted, long fileBytes) {
    Samples source = views.samples();
    Permutation permutation = new Permutation(key, source.size());
    long tries = Math.min(permutation.size(), (long) TRIES * wanted);
    int imageBytes = views.imageBytes();
    // All lie in one buffer.
    int most = (int) Math.min(Math.min(wanted, permutation.size()), Integer.MAX_VALUE / imageBytes);
    ByteBuffer pixels = ByteBuffer.allocateDirect(most * imageBytes);
    Deque<CompletionStage<ByteString>> fetched = new ArrayDeque<>();
    long[] samples = new long[most];
    List<String> passedOver = new ArrayList<>();
    int count = 0;
    long asked = 0;
    long ahead = 0;
    for (long at = 0; at < tries && count < most; at++) {
      while (asked < Math.min(tries, at + AHEAD)) {
        long bytes = SoundFile.bytes(source, permutation.at(asked));
        if (!fetched.isEmpty() && ahead + bytes > fileBytes) {
          break;
        }
        ahead += bytes;
        fetched.add(SoundFile.fetch(source, permutation.at(asked++)));
      }
      ByteString file = fetched.remove().toCompletableFuture().join();
      ByteBuffer slot = pixels.duplicate().position(count * imageBytes);
      long sample = permutation.at(at);
      ahead -= SoundFile.bytes(source, sample);
      try {
        views.decode(sample, file, slot);
        samples[count++] = sample;
      } catch (BadImage e) {
        // Another one stands in.
        passedOver.add(source.name(sample) + ": " + e.getMessage());
      }
    }
    return new HeldOutImages(pixels, count, imageBytes, Arrays.copyOf(samples, count), passedOver);
  }

  /** B. */
  public int count() {
    return count;
  }

  /** Their numbers within the source. */
  public long[] samples() {
    return samples.clone();
  }

  /** Files that were asked for and are no usable images: their names, each with the reason. */
  public List<String> passedOver() {
    return passedOver;
  }

  /** The pixels of some images. */
  public ByteBuffer pixels(int from, int images) {
    ByteBuffer part = pixels.duplicate().position(from * imageBytes);
    part.limit((from + images) * imageBytes);
    return part.slice();
  }
}
