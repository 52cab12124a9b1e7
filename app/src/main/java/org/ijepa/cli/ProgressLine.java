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
  private static final long REDRAW_NANOS = 100_000_000L;
  private static final double NANOS = 1e9;
  private static final int BAR_CELLS = 20;

  /** Weight of the newest step in the average of the time between steps. */
  private static final double NEWEST = 0.1;

  private static final String ERASE_LINE = "\r\u001b[2K";

  private final PrintWriter out;
  private final boolean terminal;
  private final int columns;
  private final long total;
  private final int everySteps;
  private final LongSupplier nanoClock;

  private double nanosPerStep = Double.NaN;
  private long lastStep = -1;
  private long lastNanos;
  private long drawnNanos;
  private String drawn = "";

  /**
   * Begins without drawing anything.
   *
   * @param out a terminal or not
   * @param terminal whether lines may be written over
   * @param columns width of the terminal
   * @param total steps of the run
   * @param everySteps steps between plain lines
   * @param nanoClock such as {@code System::nanoTime}
   */
  public ProgressLine(
      PrintWriter out,
      boolean terminal,
      int columns,
      long total,
      int everySteps,
      LongSupplier nanoClock) {
    this.out = out;
    this.terminal = terminal;
    this.columns = columns;
    this.total = total;
    this.everySteps = everySteps;
    this.nanoClock = nanoClock;
    this.lastNanos = nanoClock.getAsLong();
    this.drawnNanos = lastNanos - REDRAW_NANOS;
  }

  /**
   * For standard output as the launcher found it: a terminal of so many columns, or a file or pipe.
   */
  public static ProgressLine onStandardOutput(PrintWriter out, long total, int everySteps) {
    return new ProgressLine(
        out,
        Boolean.getBoolean("ijepa.terminal"),
        Integer.getInteger("ijepa.columns", 80),
        total,
        everySteps,
        System::nanoTime);
  }

  /** Shows a committed step. */
  public void step(Progress progress) {
    long now = nanoClock.getAsLong();
    measure(progress.step(), now);
    boolean last = progress.step() >= total;
    if (terminal) {
      if (last || now - drawnNanos >= REDRAW_NANOS) {
        drawnNanos = now;
        drawn = fit(bar(progress.step()) + " " + text(progress));
        out.print(ERASE_LINE + drawn);
        out.flush();
      }
    } else if (last || progress.step() % everySteps == 0) {
      out.println(text(progress));
      out.flush();
    }
  }

  /** Prints a line of its own; the progress stays below it. */
  public void message(String line) {
    if (terminal && !drawn.isEmpty()) {
      out.print(ERASE_LINE);
      out.println(line);
      out.print(drawn);
    } else {
      out.println(line);
    }
    out.flush();
  }

  /** Leaves the last state on its line; what is printed next begins on a new one. */
  @Override
  public void close() {
    if (terminal && !drawn.isEmpty()) {
      out.println();
      out.flush();
      drawn = "";
    }
  }

  private void measure(long step, long now) {
    if (lastStep >= 0 && step > lastStep) {
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
        rate(progress.imagesPerSecond()),
        eta(progress.step()));
  }

  private static String rate(double imagesPerSecond) {
    return String.format(Locale.ROOT, imagesPerSecond < 10 ? "%.1f" : "%.0f", imagesPerSecond);
  }

  private String eta(long step) {
    if (Double.isNaN(nanosPerStep)) {
      return "--:--";
    }
    long seconds = Math.round(Math.max(0, total - step) * nanosPerStep / NANOS);
    long hours = seconds / 3600;
    return hours > 0
        ? String.format(Locale.ROOT, "%d:%02d:%02d", hours, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }

  private String bar(long step) {
    int cells = (int) Math.min(BAR_CELLS, BAR_CELLS * step / Math.max(1, total));
    return "[" + "=".repeat(cells) + " ".repeat(BAR_CELLS - cells) + "]";
  }

  /** A line that wraps could not be written over. */
  private String fit(String line) {
    if (line.length() < columns) {
      return line;
    }
    String withoutBar = line.substring(line.indexOf(']') + 2);
    return withoutBar.length() < columns
        ? withoutBar
        : withoutBar.substring(0, Math.max(0, columns - 1));
  }
}
