package org.ijepa.dashboard;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import org.ijepa.run.FindingLog;
import org.ijepa.run.Happening;
import org.ijepa.run.QuarantinedSample;
import org.ijepa.run.RunEvent;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;

/** A run folder that is written as a coordinator writes it. */
public final class WrittenRun implements AutoCloseable {
  public static final long TOTAL = 40;
  private static final int BATCH = 8;

  private final RunFolder folder;

  /** Creates the folder, or goes on with it. */
  public WrittenRun(Path path) throws IOException {
    folder = RunFolder.open(path, Clock.systemUTC(), "test");
  }

  /** Loss of a step. */
  public static double loss(long step) {
    return 0.5 / (1 + step);
  }

  /** Commits steps. */
  public void steps(long from, long to) throws IOException {
    for (long step = from; step < to; step++) {
      folder
          .metrics()
          .append(
              new StepMetrics(
                  step,
                  1,
                  loss(step),
                  1e-3,
                  0.04,
                  0.996,
                  2,
                  (step + 1) * BATCH,
                  64,
                  0.02,
                  0.004,
                  3,
                  2,
                  step == 1));
    }
  }

  /** Adds an event. */
  public void event(Happening what, long step) throws IOException {
    folder.events().append(new RunEvent(Instant.now(), what, step, TOTAL));
  }

  /** Adds a look for signs of collapse. */
  public void look(long step, String word) throws IOException {
    folder
        .collapse()
        .append(new FindingLog.Line(step, word, "text", Map.of("rank", 12.5, "rank_limit", 31.0)));
  }

  /** Adds a result of the online probe. */
  public void probe(long step, double accuracy) throws IOException {
    folder
        .probe()
        .append(new FindingLog.Line(step, "measured", "text", Map.of("accuracy", accuracy)));
  }

  /** Adds a result of the online probe of a label that is a number. */
  public void regression(long step, double r2) throws IOException {
    folder.probe().append(new FindingLog.Line(step, "measured", "text", Map.of("r2", r2)));
  }

  /** Adds a sample that could not be read. */
  public void quarantined(long step, String sample) throws IOException {
    folder
        .quarantine()
        .append(new QuarantinedSample(step, 1, step, 0, sample, "TRUNCATED: too short", "b.jpg"));
  }

  /** Takes back a step and later ones. */
  public void rewindTo(long step) throws IOException {
    folder.rewindTo(step, 1, step);
  }

  /** Adds counts of the input's stages over ten seconds. */
  public void stages(long step, double decodeBusy) throws IOException {
    folder
        .pipeline()
        .append(
            new FindingLog.Line(
                step,
                "decode",
                "decode limits",
                Map.of(
                    "seconds", 10.0,
                    "decode_out", 400.0,
                    "decode_busy", decodeBusy,
                    "decode_upstream", 20 - decodeBusy,
                    "decode_downstream", 0.0)));
  }

  /** Replaces the configuration. */
  public void configuration(String rendered) throws IOException {
    folder.writeResolvedConfiguration(rendered);
  }

  @Override
  public void close() throws IOException {
    folder.close();
  }
}
