package org.ijepa.node;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.kernel.DeviceMemory;

/**
 * The largest divisor of a mask group of which a step fits into a device's memory. An estimate says
 * where to begin; from there the steps are made, smaller ones while they fail, larger ones while
 * they do not.
 */
final class LargestMicroBatch {
  private static final double GIB = 1L << 30;

  private final int group;
  private final Estimate estimate;
  private final Trial trial;
  private final Consumer<String> log;
  private String refused = "";

  /** A step on the device, for good or bad. */
  interface Trial {
    /**
     * Makes a step.
     *
     * @throws RuntimeException or an error in which {@link DeviceMemory#shortage} finds why; it has
     *     given back all that it took
     */
    void step(int images);
  }

  /**
   * What memory a step is estimated to take.
   *
   * @param fixed bytes for any number of images
   * @param image bytes for each
   * @param room bytes that there are
   * @param binding whether a step beyond the room must not be tried, as a system that promises more
   *     memory than it has fails no allocation: it ends the process, or another one
   */
  record Estimate(double fixed, double image, double room, boolean binding) {
    double bytes(int images) {
      return fixed + images * image;
    }

    boolean fits(int images) {
      return bytes(images) <= room;
    }
  }

  LargestMicroBatch(int group, Estimate estimate, Trial trial, Consumer<String> log) {
    this.group = group;
    this.estimate = estimate;
    this.trial = trial;
    this.log = log;
  }

  /**
   * Finds it.
   *
   * @param most images, a divisor
   * @throws Failure if not even one image fits
   */
  int find(int most) {
    int begin = divisorsUpTo(most).filter(estimate::fits).findFirst().orElse(1);
    int fitting = divisorsUpTo(begin).filter(this::fits).findFirst().orElseThrow(this::nothing);
    return fitting == begin ? up(begin, most) : fitting;
  }

  private int up(int begin, int most) {
    return IntStream.rangeClosed(begin + 1, most)
        .filter(images -> group % images == 0)
        .takeWhile(this::fits)
        .max()
        .orElse(begin);
  }

  /** The largest first. */
  private IntStream divisorsUpTo(int most) {
    return IntStream.iterate(most, images -> images > 0, images -> images - 1)
        .filter(images -> group % images == 0);
  }

  private boolean fits(int images) {
    if (estimate.binding() && !estimate.fits(images)) {
      refused = tooMuch(images);
      log.accept(refused);
      return false;
    }
    try {
      trial.step(images);
      return true;
    } catch (RuntimeException | Error e) {
      Optional<String> shortage = DeviceMemory.shortage(e);
      if (shortage.isEmpty()) {
        throw e;
      }
      refused = "a step of " + images + " images does not fit: " + shortage.get();
      log.accept(refused);
      return false;
    }
  }

  private String tooMuch(int images) {
    return String.format(
        Locale.ROOT,
        "a step of %d images is estimated at %.2f GiB of the %.2f that there are",
        images,
        estimate.bytes(images) / GIB,
        estimate.room() / GIB);
  }

  private Failure nothing() {
    return new Failure(
        ExitCode.WRONG_USAGE,
        "optimization.micro-batch = auto: not even one image fits: " + refused,
        "set optimization.activation-checkpointing = true, take a smaller model.encoder or"
            + " data.image-size, or a machine with more memory");
  }
}
