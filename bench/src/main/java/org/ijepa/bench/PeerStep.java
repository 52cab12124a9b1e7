package org.ijepa.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.vit.Geometry;

/** The same step in a Python process with PyTorch, see {@code step.py}. */
final class PeerStep implements AutoCloseable {
  private final PeerProcess process;

  /**
   * Starts it.
   *
   * @param python command that runs a Python with torch
   */
  PeerStep(String python, StepWork work) throws IOException {
    process = new PeerProcess(python, "step.py", "torch", arguments(work));
  }

  private static List<String> arguments(StepWork work) {
    Geometry g = work.geometry();
    List<String> command = new ArrayList<>();
    argument(command, "--image", g.imageSize());
    argument(command, "--patch", g.patchSize());
    argument(command, "--width", g.width());
    argument(command, "--depth", g.depth());
    argument(command, "--heads", g.heads());
    argument(command, "--hidden", g.hidden());
    argument(command, "--predictor-width", g.predictorWidth());
    argument(command, "--predictor-depth", g.predictorDepth());
    argument(command, "--predictor-heads", g.predictorHeads());
    argument(command, "--predictor-hidden", g.predictorHidden());
    argument(command, "--batch", work.batch());
    argument(command, "--context", work.context());
    argument(command, "--targets", work.targets());
    argument(command, "--target", work.target());
    argument(command, "--threads", work.threads());
    if (work.bf16()) {
      command.add("--bf16");
    }
    return command;
  }

  private static void argument(List<String> command, String name, int value) {
    command.add(name);
    command.add(Integer.toString(value));
  }

  /** Of PyTorch. */
  String version() {
    return process.version();
  }

  /** Makes a step; returns its milliseconds. */
  double run() throws IOException {
    return Double.parseDouble(process.ask("step"));
  }

  /** MiB that the process had resident at most. */
  long peakMebibytes() throws IOException {
    return Long.parseLong(process.ask("peak"));
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
