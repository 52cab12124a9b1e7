package org.ijepa.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.ijepa.source.DataSource;

/**
 * The way of images to batches that is measured.
 *
 * @param folder of the images, which are decoded from memory
 * @param places the same images where they are fetched from
 * @param side of the model's images, pixels
 * @param images that a round takes
 * @param warmUp images before the rounds of each row, in whole rounds, at least one, and for 16
 *     times as many reads from each place before all rows: until the compiler is done with the
 *     longest way, as it is in all but the first minutes of a run
 * @param rounds of which the middle one counts
 * @param threads numbers of decoding threads that are measured
 */
public record DataWork(
    Path folder,
    List<Place> places,
    int side,
    int images,
    int warmUp,
    int rounds,
    List<Integer> threads) {
  /** Samples of a micro-batch. */
  static final int MICRO_BATCH = 16;

  /** Samples of a step; a place has at least so many. */
  public static final int STEP = 32;

  /**
   * Somewhere to fetch from.
   *
   * @param name for the table
   * @param sources gives the images, each time by a source that holds none in memory
   * @param peer what the comparison in Python calls the same; empty where it has nothing like it
   */
  public record Place(String name, Supplier<DataSource> sources, String peer) {}

  /**
   * What came out.
   *
   * @param name of the work
   * @param own images a second, the middle of the rounds
   * @param peer the same of the comparison; NaN where there is none
   * @param ofMemory {@code own} over that of decoding and cropping from memory in as many threads
   * @param processor milliseconds of processor time an image over all rounds, of all threads of
   *     this process, what serves from S3 and what compiles included; another load on the machine
   *     hardly changes it. The system counts in hundredths of a second
   */
  public record Row(
      String name, int threads, double own, double peer, double ofMemory, double processor) {}
}
