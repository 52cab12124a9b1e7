package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Where progress shows: one line that is written over on a terminal, plain lines elsewhere. Used by
 * one thread.
 */
final class DrawnLine implements AutoCloseable {
  private static final long REDRAW_NANOS = 100_000_000L;
  private static final double NANOS = 1e9;
  private static final int BAR_CELLS = 20;
  private static final String ERASE_LINE = "\r\u001b[2K";

  private final PrintWriter out;
  private final boolean terminal;
  private final int columns;
  private final LongSupplier nanoClock;
  private long drawnNanos;
  private String drawn = "";

  /**
   * Begins without drawing anything.
   *
   * @param out a terminal or not
   * @param terminal whether lines may be written over
   * @param columns width of the terminal
   * @param nanoClock such as {@code System::nanoTime}
   */
  DrawnLine(PrintWriter out, boolean terminal, int columns, LongSupplier nanoClock) {
    this.out = out;
    this.terminal = terminal;
    this.columns = columns;
    this.nanoClock = nanoClock;
    this.drawnNanos = nanoClock.getAsLong() - REDRAW_NANOS;
  }

  /**
   * For standard output as the launcher found it: a terminal of so many columns, or a file or pipe.
   */
  static DrawnLine onStandardOutput(PrintWriter out) {
    return onStandardOutput(out, System::nanoTime);
  }

  /** As above, with a clock of the caller's. */
  static DrawnLine onStandardOutput(PrintWriter out, LongSupplier nanoClock) {
    return new DrawnLine(
        out,
        Boolean.getBoolean("ijepa.terminal"),
        Integer.getInteger("ijepa.columns", 80),
        nanoClock);
  }

  boolean isTerminal() {
    return terminal;
  }

  long nanoTime() {
    return nanoClock.getAsLong();
  }

  /** Whether the last drawing is long enough ago for an eye to follow the next. */
  boolean isDue() {
    return nanoClock.getAsLong() - drawnNanos >= REDRAW_NANOS;
  }

  /**
   * Writes over the line on a terminal.
   *
   * @param share that is done, 0 - 1, shown as a bar; NaN for none
   */
  void draw(double share, String text) {
    drawnNanos = nanoClock.getAsLong();
    drawn = fit(Double.isNaN(share) ? "" : bar(share) + " ", text);
    out.print(ERASE_LINE + drawn);
    out.flush();
  }

  /** Prints a line where nothing can be written over. */
  void plain(String text) {
    out.println(text);
    out.flush();
  }

  /** Prints a line of its own; the progress stays below it. */
  void message(String line) {
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

  /** Time that is left, in hours, minutes and seconds; not known where NaN. */
  static String eta(double nanos) {
    if (Double.isNaN(nanos)) {
      return "--:--";
    }
    long seconds = Math.round(Math.max(0, nanos) / NANOS);
    long hours = seconds / 3600;
    return hours > 0
        ? String.format(Locale.ROOT, "%d:%02d:%02d", hours, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }

  /** A number a second, as short as it can be said; not known where NaN. */
  static String rate(double perSecond) {
    if (Double.isNaN(perSecond)) {
      return "--";
    }
    return String.format(Locale.ROOT, perSecond < 10 ? "%.1f" : "%.0f", perSecond);
  }

  private static String bar(double share) {
    int cells = (int) Math.min(BAR_CELLS, BAR_CELLS * share);
    return "[" + "=".repeat(cells) + " ".repeat(BAR_CELLS - cells) + "]";
  }

  /** A line that wraps could not be written over. */
  private String fit(String before, String text) {
    if (before.length() + text.length() < columns) {
      return before + text;
    }
    return text.length() < columns ? text : text.substring(0, Math.max(0, columns - 1));
  }
}
