package org.ijepa.trainer;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Since when a trainer waits for input. On a CPU that is as soon as it asks. The thread that tells
 * a GPU what to do is ahead of it, and may well wait while the GPU computes: there nothing is lost
 * until the GPU has done all that it was told.
 */
final class InputWait {
  /** Input that is there comes within this; whatever takes longer is worth waiting for the GPU. */
  private static final long SOON_MILLIS = 2;

  /** A GPU that takes no longer to answer had done everything. */
  private static final long AT_ONCE_NANOS = 200_000;

  private final boolean ahead;
  private final Runnable device;
  private final LongSupplier nanoTime;

  /**
   * A wait of one device.
   *
   * @param ahead whether it computes behind the thread that tells it to
   * @param device waits until it has done what it was told
   * @param nanoTime a clock
   */
  InputWait(boolean ahead, Runnable device, LongSupplier nanoTime) {
    this.ahead = ahead;
    this.device = device;
    this.nanoTime = nanoTime;
  }

  /** When the wait for something that was just asked for began, on the clock. */
  long began(Future<?> coming) throws InterruptedException {
    long asked = nanoTime.getAsLong();
    if (!ahead) {
      return asked;
    }
    try {
      coming.get(SOON_MILLIS, TimeUnit.MILLISECONDS);
      return nanoTime.getAsLong();
    } catch (ExecutionException e) {
      // Whoever takes it hears of it.
      return nanoTime.getAsLong();
    } catch (TimeoutException e) {
      long before = nanoTime.getAsLong();
      device.run();
      long idle = nanoTime.getAsLong();
      return idle - before < AT_ONCE_NANOS ? asked : idle;
    }
  }
}
