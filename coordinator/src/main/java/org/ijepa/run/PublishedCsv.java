package org.ijepa.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code ijepa_r0.csv}: the columns of the published code's log, for whoever has tools for it. */
public final class PublishedCsv implements AutoCloseable {
  private static final String HEADER = "epoch,itr,loss,mask-A,mask-B,time (ms)";
  private static final Pattern PLACE = Pattern.compile("(\\d{1,18}),(\\d{1,18}),.*");

  private final LineFile lines;

  private PublishedCsv(LineFile lines) {
    this.lines = lines;
  }

  static PublishedCsv open(Path file) throws IOException {
    PublishedCsv csv = new PublishedCsv(LineFile.open(file));
    csv.writeHeaderIfEmpty();
    return csv;
  }

  private void writeHeaderIfEmpty() throws IOException {
    if (lines.isEmpty()) {
      lines.append(HEADER);
    }
  }

  /**
   * Adds a step.
   *
   * @param epoch from 1
   * @param iteration within the epoch, from 0
   * @param contextLength patches of the context after cutting, averaged over the groups
   * @param targetLength patches of a target block
   * @param millis that the step took; NaN where nobody knows, for an empty column
   */
  public void append(
      long epoch,
      long iteration,
      double loss,
      double contextLength,
      double targetLength,
      double millis)
      throws IOException {
    lines.append(
        String.format(
            Locale.ROOT,
            "%d,%d,%.5f,%.5f,%.5f,%s",
            epoch,
            iteration,
            loss,
            contextLength,
            targetLength,
            Double.isNaN(millis) ? "" : Math.round(millis)));
  }

  /** Drops the step at this place and later ones. */
  public void rewindTo(long epoch, long iteration) throws IOException {
    lines.retain(line -> line.equals(HEADER) || isBefore(line, epoch, iteration));
    writeHeaderIfEmpty();
  }

  private static boolean isBefore(String line, long epoch, long iteration) {
    Matcher place = PLACE.matcher(line);
    if (!place.matches()) {
      return false;
    }
    long itsEpoch = Long.parseLong(place.group(1));
    return itsEpoch < epoch || (itsEpoch == epoch && Long.parseLong(place.group(2)) < iteration);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
