package org.ijepa.decode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.ijepa.crop.CropRules;
import org.ijepa.random.RandomKey;

/**
 * The process that decodes the mutants, half of them with libjpeg-turbo where it is to be had. Each
 * thread writes the number that it is about to decode into a file, which outlives a crash.
 */
final class MutatedCorpus {
  private static final int THREADS = 2;
  private static final int SIDE = 224;

  /** The limit that a run has unless it is told otherwise. */
  private static final long MAX_PIXELS = 100_000_000;

  /** What became of the mutants that one thread decoded. */
  private static final class Tally {
    private final Map<BadImage.Cause, Integer> causes = new EnumMap<>(BadImage.Cause.class);
    private int decoded;
    private long longestNanos;
    private int slowest;
  }

  private MutatedCorpus() {}

  /** Arguments: first number, number behind the last, file of the numbers under way, channels. */
  public static void main(String[] args) throws Exception {
    int from = Integer.parseInt(args[0]);
    int to = Integer.parseInt(args[1]);
    int channels = Integer.parseInt(args[3]);
    List<byte[]> images = CorpusImages.of(channels);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (ImageDecoder openCv = open(ImageDecoders.Choice.OPENCV, channels);
        ImageDecoder auto = open(ImageDecoders.Choice.AUTO, channels);
        FileChannel file =
            FileChannel.open(
                Path.of(args[2]),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      ByteBuffer underWay = file.map(FileChannel.MapMode.READ_WRITE, 0, THREADS * Integer.BYTES);
      List<Future<Tally>> tallies = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int its = thread;
        tallies.add(
            threads.submit(
                () -> {
                  Tally tally = new Tally();
                  for (int number = from + its; number < to; number += THREADS) {
                    underWay.putInt(its * Integer.BYTES, number);
                    decode(number % 4 < 2 ? auto : openCv, images, number, tally);
                  }
                  return tally;
                }));
      }
      report(tallies);
    } finally {
      threads.shutdown();
    }
  }

  private static ImageDecoder open(ImageDecoders.Choice choice, int channels) {
    return ImageDecoders.open(new ImageDecoders.Options(choice, MAX_PIXELS, false, channels));
  }

  private static void decode(ImageDecoder decoder, List<byte[]> images, int number, Tally tally) {
    ByteBuffer file = TestImages.direct(Mutant.of(images, number));
    ByteBuffer target = ByteBuffer.allocateDirect(SIDE * SIDE * decoder.channels());
    CropRules crop = new CropRules(0.3, 1, 0.75, 4.0 / 3);
    RandomKey key = RandomKey.of(0, "crop").with(number);
    long start = System.nanoTime();
    try {
      decoder.decode(file, (width, height) -> crop.choose(key, width, height), SIDE, target);
      tally.decoded++;
    } catch (BadImage e) {
      tally.causes.merge(e.reason(), 1, Integer::sum);
    }
    long nanos = System.nanoTime() - start;
    if (nanos > tally.longestNanos) {
      tally.longestNanos = nanos;
      tally.slowest = number;
    }
  }

  private static void report(List<Future<Tally>> tallies)
      throws ExecutionException, InterruptedException, IOException {
    Map<String, Integer> counts = new TreeMap<>();
    for (Future<Tally> future : tallies) {
      Tally tally = future.get();
      counts.merge("decoded", tally.decoded, Integer::sum);
      tally.causes.forEach((cause, count) -> counts.merge(cause.name(), count, Integer::sum));
      System.out.printf("slowest %d took %d ms%n", tally.slowest, tally.longestNanos / 1_000_000);
    }
    counts.forEach((what, count) -> System.out.println("count " + what + " " + count));
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM")) {
        System.out.println("peak " + line.replaceAll("[^0-9]", ""));
      }
    }
  }
}
