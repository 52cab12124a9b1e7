package org.ijepa.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.vit.Geometry;

/** The same step in a Python process with PyTorch, see {@code step.py}. */
final class PeerStep implements AutoCloseable {
  private static final String SCRIPT = "step.py";
  private static final String READY = "ready ";

  private final Path script;
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter requests;
  private final String version;

  /**
   * Starts it.
   *
   * @param python command that runs a Python with torch
   */
  PeerStep(String python, StepWork work) throws IOException {
    script = Files.createTempFile("ijepa-peer", ".py");
    try (InputStream source = PeerStep.class.getResourceAsStream("peer/" + SCRIPT)) {
      Files.write(script, source.readAllBytes());
    }
    process = start(python, work);
    answers = process.inputReader(UTF_8);
    requests = process.outputWriter(UTF_8);
    String ready = answers.readLine();
    if (ready == null || !ready.startsWith(READY)) {
      close();
      throw unusable(python, null);
    }
    version = ready.substring(READY.length());
  }

  private Process start(String python, StepWork work) throws IOException {
    try {
      return new ProcessBuilder(command(python, work))
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
    } catch (IOException e) {
      Files.deleteIfExists(script);
      throw unusable(python, e);
    }
  }

  private static Failure unusable(String python, IOException cause) {
    return new Failure(
        ExitCode.WRONG_USAGE,
        python + " could not run the comparison",
        "name a Python that has torch, or leave --peer out",
        cause);
  }

  private List<String> command(String python, StepWork work) {
    Geometry g = work.geometry();
    List<String> command = new ArrayList<>(List.of(python, script.toString()));
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
    return version;
  }

  /** Makes a step; returns its milliseconds. */
  double run() throws IOException {
    return Double.parseDouble(ask("step"));
  }

  /** MiB that the process had resident at most. */
  long peakMebibytes() throws IOException {
    return Long.parseLong(ask("peak"));
  }

  private String ask(String request) throws IOException {
    requests.write(request + "\n");
    requests.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the comparison in Python ended");
    }
    return answer;
  }

  @Override
  public void close() throws IOException {
    requests.close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(script);
  }
}
