package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.ijepa.coordinator.RunListener;
import org.ijepa.run.StepMetrics;
import org.ijepa.source.IndexProgress;

/** Progress and notes of a run as lines. */
class RunLines implements RunListener, AutoCloseable {
  private final PrintWriter out;
  private final int everySteps;
  private ProgressLine line;

  RunLines(PrintWriter out, int everySteps) {
    this.out = out;
    this.everySteps = everySteps;
  }

  @Override
  public synchronized void planned(long steps) {
    line().planned(steps);
  }

  @Override
  public IndexProgress indexing(String uri) {
    return new IndexLines((what, unit) -> WorkLine.onStandardOutput(out, what, unit), uri);
  }

  @Override
  public synchronized void committed(StepMetrics metrics) {
    line()
        .step(
            new Progress(
                metrics.step() + 1,
                metrics.loss(),
                metrics.learningRate(),
                metrics.imagesPerSecond()));
    if (metrics.skipped()) {
      line().message(String.format(Locale.ROOT, "step %d skipped: not finite", metrics.step()));
    }
  }

  @Override
  public synchronized void noted(String text) {
    line().message(text);
  }

  private ProgressLine line() {
    if (line == null) {
      line = ProgressLine.onStandardOutput(out, everySteps);
    }
    return line;
  }

  @Override
  public synchronized void close() {
    if (line != null) {
      line.close();
    }
  }
}
