package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The progress of a run: one line written over and over on a terminal, a plain line every so many
 * steps elsewhere.
 *
 * <p>Used by one thread. The remaining time follows a moving average of the time between steps.
 */
public final class ProgressLine implements AutoCloseable {
  /** Weight of the newest step in the average of the time between steps. */
  private static final double NEWEST = 0.1;

  private final DrawnLine line;
  private final int everySteps;

  private long total;
  private double nanosPerStep = Double.NaN;
  private long lastStep = -1;
  private long lastNanos;

  /**
   * Begins without drawing anything.
   *
   * @param out a terminal or not
   * @param terminal whether lines may be written over
   * @param columns width of the terminal
   * @param everySteps steps between plain lines
   * @param nanoClock such as {@code System::nanoTime}
   */
  public ProgressLine(
      PrintWriter out, boolean terminal, int columns, int everySteps, LongSupplier nanoClock) {
    this(new DrawnLine(out, terminal, columns, nanoClock), everySteps);
  }

  private ProgressLine(DrawnLine line, int everySteps) {
    this.line = line;
    this.everySteps = everySteps;
    this.lastNanos = line.nanoTime();
  }

  /**
   * For standard output as the launcher found it: a terminal of so many columns, or a file or pipe.
   */
  public static ProgressLine onStandardOutput(PrintWriter out, int everySteps) {
    return new ProgressLine(DrawnLine.onStandardOutput(out), everySteps);
  }

  /** The run will have {@code steps} in all; known before the first step, not before messages. */
  public void planned(long steps) {
    total = steps;
  }

  /** Shows a committed step. */
  public void step(Progress progress) {
    measure(progress, line.nanoTime());
    boolean last = progress.step() >= total;
    if (line.isTerminal()) {
      if (last || line.isDue()) {
        line.draw((double) progress.step() / Math.max(1, total), text(progress));
      }
    } else if (last || progress.step() % everySteps == 0) {
      line.plain(text(progress));
    }
  }

  /** Prints a line of its own; the progress stays below it. */
  public void message(String text) {
    line.message(text);
  }

  /** Leaves the last state on its line; what is printed next begins on a new one. */
  @Override
  public void close() {
    line.close();
  }

  /**
   * Steps that a new coordinator learned of come in a burst, which says nothing of those to come.
   */
  private void measure(Progress progress, long now) {
    long step = progress.step();
    if (lastStep >= 0 && step > lastStep && Double.isFinite(progress.imagesPerSecond())) {
      double sample = (double) (now - lastNanos) / (step - lastStep);
      nanosPerStep =
          Double.isNaN(nanosPerStep) ? sample : nanosPerStep + NEWEST * (sample - nanosPerStep);
    }
    lastStep = step;
    lastNanos = now;
  }

  private String text(Progress progress) {
    return String.format(
        Locale.ROOT,
        "step %d/%d  loss %.4f  lr %.2e  %s images/s  ETA %s",
        progress.step(),
        total,
        progress.loss(),
        progress.learningRate(),
        DrawnLine.rate(progress.imagesPerSecond()),
        DrawnLine.eta(Math.max(0, total - progress.step()) * nanosPerStep));
  }
}
