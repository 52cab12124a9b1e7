package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The progress of counted work that is no training: one line written over and over on a terminal, a
 * plain line every few seconds elsewhere. Work that is soon done shows nothing, so that it leaves
 * nothing in the output of a program that reads it.
 *
 * <p>Safe for use by several threads. The remaining time follows the mean rate since the beginning.
 */
final class WorkLine implements AutoCloseable {
  /** Until then nothing shows. */
  private static final long QUIET_NANOS = 2_000_000_000L;

  private static final long PLAIN_NANOS = 5_000_000_000L;
  private static final double NANOS = 1e9;
  private static final long MB = 1_000_000;

  private final DrawnLine line;
  private final String what;
  private final String unit;
  private final long quietUntil;
  private long beganNanos;
  private long last;
  private long printedNanos;
  private String newest = "";
  private boolean shown;

  /**
   * Begins without drawing anything.
   *
   * @param what is done, in words
   * @param unit of what is counted, in the plural
   */
  WorkLine(DrawnLine line, String what, String unit) {
    this.line = line;
    this.what = what;
    this.unit = unit;
    beganNanos = line.nanoTime();
    quietUntil = beganNanos + QUIET_NANOS;
    printedNanos = beganNanos - PLAIN_NANOS;
  }

  /** As above, with a clock and a terminal, or none, of the caller's. */
  WorkLine(
      PrintWriter out,
      boolean terminal,
      int columns,
      String what,
      String unit,
      LongSupplier nanoClock) {
    this(new DrawnLine(out, terminal, columns, nanoClock), what, unit);
  }

  /** For standard output as the launcher found it. */
  static WorkLine onStandardOutput(PrintWriter out, String what, String unit) {
    return new WorkLine(DrawnLine.onStandardOutput(out), what, unit);
  }

  /** So many are done, of nobody knows how many. */
  void at(long done) {
    at(done, 0, "");
  }

  /** So many of {@code total} are done. */
  void at(long done, long total) {
    at(done, total, "");
  }

  /** So many bytes of {@code of} are done, of a line that counts MB. */
  void bytes(long bytes, long of) {
    at((bytes + MB - 1) / MB, (of + MB - 1) / MB);
  }

  /**
   * So many of {@code total} are done.
   *
   * @param total 0 where it is not known
   * @param detail that stands behind the count, or nothing
   */
  synchronized void at(long done, long total, String detail) {
    long now = line.nanoTime();
    if (done < last) {
      // What failed begins again.
      beganNanos = now;
    }
    last = done;
    if (now < quietUntil) {
      return;
    }
    newest = text(done, total, detail, now - beganNanos);
    if (line.isTerminal()) {
      if (line.isDue() || done == total) {
        shown = true;
        line.draw(total > 0 ? (double) done / total : Double.NaN, newest);
        newest = "";
      }
    } else if (now - printedNanos >= PLAIN_NANOS) {
      printedNanos = now;
      shown = true;
      line.plain(newest);
      newest = "";
    }
  }

  private String text(long done, long total, String detail, long nanos) {
    double perNano = (double) done / nanos;
    StringBuilder text = new StringBuilder(what).append(' ').append(done);
    if (total > 0) {
      text.append('/').append(total);
    }
    text.append(' ').append(unit);
    if (!detail.isEmpty()) {
      text.append(", ").append(detail);
    }
    text.append(String.format(Locale.ROOT, "  %s %s/s", DrawnLine.rate(perNano * NANOS), unit));
    if (total > 0) {
      text.append("  ETA ")
          .append(DrawnLine.eta(done == 0 ? Double.NaN : (total - done) / perNano));
    }
    return text.toString();
  }

  /** Prints a line of its own; the progress stays below it. */
  synchronized void message(String text) {
    line.message(text);
  }

  /** Leaves the last state, if any was shown. */
  @Override
  public synchronized void close() {
    if (shown && !newest.isEmpty()) {
      if (line.isTerminal()) {
        line.draw(Double.NaN, newest);
      } else {
        line.plain(newest);
      }
      newest = "";
    }
    line.close();
  }
}
