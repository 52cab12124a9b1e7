package org.ijepa.bench;

import akka.actor.typed.ActorSystem;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.ijepa.bench.DataWork.Place;
import org.ijepa.bench.DataWork.Row;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.decode.ImageDecoders.Choice;

/**
 * Times the way of images: decoding from memory by each codec, with crop and resize, and whole
 * batches from each place; and the same work in Python, turn by turn.
 */
public final class DataBenchmark {
  /**
   * Reads for each image of the warm-up. Client and server of S3 are compiled to their last after
   * some 30,000 requests, for which a compiler takes a third of a core meanwhile.
   */
  private static final int READS = 16;

  private final DataWork work;
  private final Optional<PeerProcess> peer;
  private final Consumer<Row> done;
  private double memory;

  /** Something that takes all images once and says how many seconds it took. */
  private interface Timed {
    double seconds() throws InterruptedException;
  }

  private DataBenchmark(DataWork work, Optional<PeerProcess> peer, Consumer<Row> done) {
    this.work = work;
    this.peer = peer;
    this.done = done;
  }

  /**
   * Measures all.
   *
   * @param python command that runs a Python with Pillow and NumPy; empty for no comparison
   * @param done hears of each row as it is there
   * @return what the comparison ran on; empty where there was none
   */
  public static String run(
      DataWork work, Optional<String> python, ActorSystem<?> system, Consumer<Row> done)
      throws IOException, InterruptedException {
    try (ImageDecoder auto = ImageDecoders.open(Choice.AUTO, ImageDecoders.PILLOW_PIXEL_LIMIT);
        ImageDecoder openCv = ImageDecoders.open(Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT);
        PeerProcess process = python.isPresent() ? peer(python.get(), work) : null) {
      DataBenchmark benchmark = new DataBenchmark(work, Optional.ofNullable(process), done);
      MemoryDecoding decoding = new MemoryDecoding(work);
      BatchReading reading = new BatchReading(work, auto, system);
      for (Place place : work.places()) {
        reading.read(place.sources().get(), READS * work.warmUp());
      }
      for (int threads : work.threads()) {
        benchmark.memory = Double.NaN;
        if (!auto.name().equals(openCv.name())) {
          benchmark.codec(openCv, decoding, threads, false);
        }
        benchmark.memory = benchmark.codec(auto, decoding, threads, true);
        for (Place place : work.places()) {
          benchmark.row(
              place.name() + " to batch",
              threads,
              place.peer(),
              () -> reading.seconds(place.sources().get(), threads));
        }
      }
      return process == null ? "" : process.version();
    }
  }

  private static PeerProcess peer(String python, DataWork work) throws IOException {
    return new PeerProcess(
        python,
        "data.py",
        "Pillow and NumPy",
        List.of(
            work.folder().toString(),
            Integer.toString(work.side()),
            Integer.toString(work.images())));
  }

  /** Both rows of a codec; returns images a second of the second. */
  private double codec(ImageDecoder decoder, MemoryDecoding decoding, int threads, boolean compared)
      throws IOException, InterruptedException {
    row(
        "decode, " + decoder.name(),
        threads,
        compared ? "decode" : "",
        () -> decoding.decode(decoder, threads));
    return row(
        "decode, crop, resize, " + decoder.name(),
        threads,
        compared ? "crop" : "",
        () -> decoding.crop(decoder, threads));
  }

  private double row(String name, int threads, String task, Timed timed)
      throws IOException, InterruptedException {
    double[] own = new double[work.rounds()];
    double[] others = new double[work.rounds()];
    long processor = 0;
    int warmUp = Math.max(1, (work.warmUp() + work.images() - 1) / work.images());
    for (int round = -warmUp; round < work.rounds(); round++) {
      long began = processorNanos();
      double rate = work.images() / timed.seconds();
      long used = processorNanos() - began;
      double other =
          peer.isPresent() && !task.isEmpty() && round >= -1
              ? Double.parseDouble(peer.get().ask(task + " " + threads))
              : Double.NaN;
      if (round >= 0) {
        own[round] = rate;
        others[round] = other;
        processor += used;
      }
    }
    double median = Quantiles.median(own);
    done.accept(
        new Row(
            name,
            threads,
            median,
            Quantiles.median(others),
            median / memory,
            processor * 1e-6 / work.rounds() / work.images()));
    return median;
  }

  private static long processorNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }
}
