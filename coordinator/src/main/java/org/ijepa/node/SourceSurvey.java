package org.ijepa.node;

import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.ijepa.batch.SampleDecoding;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.settings.DataSettings;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.source.EpochReads;
import org.ijepa.source.IgnoredFiles;
import org.ijepa.source.IndexProgress;

/**
 * What a run with these settings would read, looked at without a run: what its sources hold, and
 * how fast some of their images come and are decoded on this machine.
 */
public final class SourceSurvey implements AutoCloseable {
  /** Images that are read before any is timed: connections are open then. */
  private static final int WARM_UP = 16;

  /** Images that are timed. */
  private static final int IMAGES = 48;

  /** Decoded images in memory at a time. */
  private static final long MOST_BYTES = 64L << 20;

  /** Decoding goes over the images again until the compiler is done, or nearly. */
  private static final double DECODING_SECONDS = 1;

  private static final int LEAST_PASSES = 3;
  private static final double NANO = 1e-9;

  private final Settings settings;
  private final DataPlane data;
  private final RunSources sources;
  private final SampleOrder order;

  /**
   * One of the sources.
   *
   * @param uri where it is
   * @param reads what reading each of its images once takes
   * @param inPieces whether its shards are read in pieces of 1 MiB
   * @param images of it that an epoch of the run uses
   * @param ignored what lies beside its images or shards
   */
  public record Part(
      String uri, EpochReads reads, boolean inPieces, double images, IgnoredFiles ignored) {
    /** Whether reading it takes requests to S3. */
    public boolean isInS3() {
      return uri.startsWith("s3://");
    }

    /** How much of {@link #reads} an epoch of the run takes; above 1 where images come again. */
    public double share() {
      return images / reads.samples();
    }
  }

  /**
   * What was measured.
   *
   * @param images that were timed
   * @param meanBytes of their files
   * @param readRate images a second that came, as many at a time as the settings say
   * @param decodeRate images a second that were decoded, cropped and resized
   * @param threads that did
   */
  public record Speed(
      int images, double meanBytes, double readRate, double decodeRate, int threads) {}

  private SourceSurvey(Settings settings, DataPlane data, RunSources sources) {
    this.settings = settings;
    this.data = data;
    this.sources = sources;
    order = sources.order();
  }

  /**
   * Indexes the sources, as a run does before its first step.
   *
   * @param settings which name a source, and no {@code auto} for the device to decide
   * @param indexing makes who hears how far the index of the source at an address is
   * @throws org.ijepa.failure.Failure where a source cannot be used
   * @throws IOException where the folder for what may be worked out again cannot be used
   */
  public static SourceSurvey open(Settings settings, Function<String, IndexProgress> indexing)
      throws IOException {
    DataPlane data = DataPlane.open(settings, indexing);
    try {
      return new SourceSurvey(settings, data, RunSources.open(settings, data::source));
    } catch (RuntimeException e) {
      data.close();
      throw e;
    }
  }

  /** The sources, in the order of {@code data.uri}. */
  public List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < sources.used().size(); i++) {
      DataSource source = sources.used().get(i);
      DataSettings.Source given = settings.data().sources().get(i);
      double images =
          (double) order.stepsPerEpoch()
              * order.globalBatch()
              * given.perMille()
              / DataSettings.Source.ALL;
      parts.add(
          new Part(given.uri(), source.reads(), source.isInPieces(), images, source.ignored()));
    }
    return parts;
  }

  /** Images that are trained on. */
  public long images() {
    return sources.samples().size();
  }

  /** Steps of an epoch. */
  public long stepsPerEpoch() {
    return order.stepsPerEpoch();
  }

  /**
   * Reads a few dozen images, those that the run would begin with, and decodes them over and over
   * for a second.
   *
   * @param nanoTime such as {@code System::nanoTime}
   * @throws org.ijepa.failure.Failure where they cannot be read, or many are no usable images
   */
  public Speed measure(LongSupplier nanoTime) {
    SampleDecoding decoding = data.decoding(sources.samples(), order);
    int count = (int) Math.max(1, Math.min(IMAGES, MOST_BYTES / decoding.imageBytes()));
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < WARM_UP + count; i++) {
      places.add(order.place(i / order.globalBatch(), i % order.globalBatch()));
    }
    try {
      fetch(decoding, fitting(decoding, places.subList(0, WARM_UP)));
      List<Place> timed = fitting(decoding, places.subList(WARM_UP, places.size()));
      long begin = nanoTime.getAsLong();
      List<ByteString> files = fetch(decoding, timed);
      double reading = (nanoTime.getAsLong() - begin) * NANO;
      double decoded = decode(decoding, timed, files, nanoTime);
      return new Speed(
          timed.size(),
          files.stream().mapToInt(ByteString::size).average().orElseThrow(),
          timed.size() / reading,
          timed.size() / decoded,
          settings.pipeline().decodeParallelism() * settings.cluster().trainers());
    } catch (CompletionException e) {
      throw Preflight.unusable(e.getCause());
    }
  }

  /** The first of them whose files may be in memory at a time; at least one. */
  private List<Place> fitting(SampleDecoding decoding, List<Place> places) {
    long bytes = decoding.bytes(places.get(0));
    int count = 1;
    while (count < places.size()) {
      bytes += decoding.bytes(places.get(count));
      if (bytes > settings.pipeline().fetchBytes()) {
        break;
      }
      count++;
    }
    return places.subList(0, count);
  }

  private List<ByteString> fetch(SampleDecoding decoding, List<Place> places) {
    int atOnce = settings.pipeline().fetchParallelism() * settings.cluster().trainers();
    return Source.from(places)
        .mapAsync(atOnce, decoding::fetch)
        .runWith(Sink.seq(), data.services())
        .toCompletableFuture()
        .join();
  }

  /** Seconds in which all were decoded, the least of several times. */
  private static double decode(
      SampleDecoding decoding, List<Place> places, List<ByteString> files, LongSupplier nanoTime) {
    List<ByteBuffer> targets =
        files.stream().map(file -> ByteBuffer.allocateDirect(decoding.imageBytes())).toList();
    double least = Double.POSITIVE_INFINITY;
    double all = 0;
    for (int pass = 0; pass < LEAST_PASSES || all < DECODING_SECONDS; pass++) {
      long begin = nanoTime.getAsLong();
      List<CompletableFuture<?>> decoded = new ArrayList<>();
      for (int i = 0; i < files.size(); i++) {
        decoded.add(
            decoding
                .decode(places.get(i), files.get(i), targets.get(i).clear())
                .toCompletableFuture());
      }
      CompletableFuture.allOf(decoded.toArray(CompletableFuture[]::new)).join();
      double seconds = (nanoTime.getAsLong() - begin) * NANO;
      least = Math.min(least, seconds);
      all += seconds;
    }
    return least;
  }

  @Override
  public void close() {
    data.close();
  }
}
