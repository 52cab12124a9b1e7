package org.ijepa.batch;

import akka.Done;
import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.ijepa.augment.Augmentation;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.BadImage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.random.RandomKey;
import org.ijepa.source.Samples;
import org.ijepa.store.Hedges;

/**
 * What stands at a place of the run, as pixels: the sample's file, or that of a substitute, decoded
 * and cropped. A pure function of place and data, whichever node asks for it.
 */
public final class SampleDecoding {
  /** A place whose sample and this many substitutes are bad stands in a set that is unreadable. */
  private static final int MOST_ATTEMPTS = 64;

  private static final ThreadLocal<FileMemory> FILE = ThreadLocal.withInitial(FileMemory::new);

  private final SampleOrder order;
  private final Samples source;
  private final DecodingParts parts;
  private final CropRules crop;
  private final Augmentation augmentation;
  private final RandomKey cropKey;
  private final RandomKey augmentKey;
  private final int imageSize;

  /**
   * What came of a place.
   *
   * @param attempt which try was used: 0 the sample itself
   * @param bad the tries before it
   */
  public record Decoded(int attempt, List<BadAttempt> bad) {
    public Decoded {
      bad = List.copyOf(bad);
    }
  }

  /**
   * Samples of a run.
   *
   * @param augmentation what is done to the crops
   * @param imageSize side of the model's images, pixels
   */
  public SampleDecoding(
      SampleOrder order,
      Samples source,
      DecodingParts parts,
      CropRules crop,
      Augmentation augmentation,
      long seed,
      int imageSize) {
    this.order = order;
    this.source = source;
    this.parts = parts;
    this.crop = crop;
    this.imageSize = imageSize;
    this.augmentation = augmentation;
    cropKey = RandomKey.of(seed, "crop");
    augmentKey = RandomKey.of(seed, "augment");
  }

  /** Asked once by each stream, which decodes nothing before it is complete. */
  public CompletionStage<Done> news() {
    return parts.news().get();
  }

  /** Bytes of a decoded sample. */
  public int imageBytes() {
    return imageSize * imageSize * parts.decoder().channels();
  }

  /** What became of slow reads since the source was opened, for whomever they were. */
  Hedges hedges() {
    return source.hedges();
  }

  /** Bytes that {@link #fetch} brings into memory. */
  public long bytes(Place place) {
    return bytes(place.sample());
  }

  private long bytes(long index) {
    return SoundFile.bytes(source, index);
  }

  /** The file of the sample at a place; empty where it is too large. */
  public CompletionStage<ByteString> fetch(Place place) {
    return fetch(place.sample());
  }

  private CompletionStage<ByteString> fetch(long index) {
    return resumable(SoundFile.fetch(source, index));
  }

  /** What the world causes ends the run, resumably: a substitute would make it another run. */
  private static CompletionStage<ByteString> resumable(CompletionStage<ByteString> read) {
    return read.exceptionally(
        failure -> {
          Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
          throw new Failure(
              ExitCode.INTERRUPTED,
              "cannot read a sample: " + cause.getMessage(),
              "mend the store and start the same command again",
              cause);
        });
  }

  /**
   * Decodes a place's file; a bad image leads to the next substitute.
   *
   * @param target native memory that the pixels are written to, from its position
   */
  public CompletionStage<Decoded> decode(Place place, ByteString file, ByteBuffer target) {
    return decode(place, file, target, FileBudget.unbounded());
  }

  /**
   * As above, within a budget.
   *
   * @param claim that the file was fetched with; what is read besides counts with it
   */
  public CompletionStage<Decoded> decode(
      Place place, ByteString file, ByteBuffer target, FileBudget.Claim claim) {
    return decode(place, place.sample(), file, new Target(target, new ArrayList<>(), claim));
  }

  /**
   * Where a place's pixels go.
   *
   * @param bad the tries so far
   */
  private record Target(ByteBuffer pixels, List<BadAttempt> bad, FileBudget.Claim claim) {}

  private CompletionStage<Decoded> decode(
      Place place, long index, ByteString bytes, Target target) {
    List<BadAttempt> bad = target.bad();
    return SoundFile.tooLarge(source, index)
        .map(reason -> CompletableFuture.completedStage(Optional.of(reason)))
        .orElseGet(() -> decode(place, index, bytes, 1, target))
        .thenCompose(
            reason -> {
              if (reason.isEmpty()) {
                return CompletableFuture.completedFuture(new Decoded(bad.size(), bad));
              }
              add(bad, index, reason.get());
              long substitute = order.substitute(place, bad.size());
              target.claim().release(bytes(index));
              return target
                  .claim()
                  .read(bytes(substitute), () -> fetch(substitute))
                  .thenCompose(other -> decode(place, substitute, other, target));
            });
  }

  /**
   * Why a sample is bad; empty if it is decoded. Only bytes that a second read brings as well can
   * be the sample's own fault.
   *
   * @param reads how often it was read so far
   */
  private CompletionStage<Optional<BadImage>> decode(
      Place place, long index, ByteString bytes, int reads, Target target) {
    return CompletableFuture.supplyAsync(
            () -> tryDecode(place, index, bytes, target), parts.threads())
        .thenCompose(
            reason ->
                reason.isEmpty()
                    ? CompletableFuture.completedStage(reason)
                    : target
                        .claim()
                        .read(bytes(index), () -> resumable(source.again(index, bytes)))
                        .thenCompose(
                            again -> {
                              target.claim().release(bytes(index));
                              if (again.asByteBuffer().equals(bytes.asByteBuffer())) {
                                return CompletableFuture.completedStage(reason);
                              }
                              if (reads == SoundFile.MOST_READS) {
                                throw SoundFile.unsteady(source, index);
                              }
                              return decode(place, index, again, reads + 1, target);
                            }));
  }

  private void add(List<BadAttempt> bad, long index, BadImage reason) {
    String name = source.name(index);
    if (bad.size() >= MOST_ATTEMPTS) {
      throw new Failure(
          ExitCode.BAD_DATA,
          bad.size()
              + " samples in turn were no usable images, the last "
              + name
              + ": "
              + reason.getMessage(),
          "check that data.uri holds images");
    }
    bad.add(new BadAttempt(bad.size(), name, reason.reason().name(), reason.getMessage()));
  }

  /** Why it cannot be decoded; empty if it is. */
  private Optional<BadImage> tryDecode(Place place, long index, ByteString bytes, Target to) {
    int attempt = to.bad().size();
    ByteBuffer target = to.pixels().duplicate();
    RandomKey key = place.key(cropKey).with(attempt);
    int begin = target.position();
    FileMemory memory = FILE.get();
    parts.journal().begin(index);
    try {
      parts
          .decoder()
          .decode(
              memory.of(bytes),
              (width, height) -> crop.choose(key, width, height),
              imageSize,
              target);
    } catch (BadImage e) {
      return Optional.of(e);
    } finally {
      parts.journal().end();
      memory.trim();
    }
    RandomKey changes = place.key(augmentKey).with(attempt);
    augmentation.apply(changes, target, begin, imageSize, parts.decoder().channels());
    return Optional.empty();
  }
}
