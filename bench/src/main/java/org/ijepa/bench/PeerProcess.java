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

/**
 * A script of {@code bench/peer} in a Python process, in the user's environment without what the
 * launcher adds: it says {@code ready VERSION} once, and then answers each line with a line.
 */
final class PeerProcess implements AutoCloseable {
  private static final String READY = "ready ";

  /** Names of what the launcher has set in the environment for this process alone. */
  private static final String OWN_ENVIRONMENT = "ijepa.environment";

  private final Path script;
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter requests;
  private final String version;

  /**
   * Starts it.
   *
   * @param python command that runs a Python
   * @param name of the script
   * @param needs what that Python must have, for people
   */
  PeerProcess(String python, String name, String needs, List<String> arguments) throws IOException {
    script = Files.createTempFile("ijepa-peer", ".py");
    try (InputStream source = PeerProcess.class.getResourceAsStream("peer/" + name)) {
      Files.write(script, source.readAllBytes());
    }
    List<String> command = new ArrayList<>(List.of(python, script.toString()));
    command.addAll(arguments);
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      List<String> own = List.of(System.getProperty(OWN_ENVIRONMENT, "").split(","));
      builder.environment().keySet().removeAll(own);
      process = builder.start();
    } catch (IOException e) {
      Files.deleteIfExists(script);
      throw unusable(python, needs, e);
    }
    answers = process.inputReader(UTF_8);
    requests = process.outputWriter(UTF_8);
    String ready = answers.readLine();
    if (ready == null || !ready.startsWith(READY)) {
      close();
      throw unusable(python, needs, null);
    }
    version = ready.substring(READY.length());
  }

  private static Failure unusable(String python, String needs, IOException cause) {
    return new Failure(
        ExitCode.WRONG_USAGE,
        python + " could not run the comparison",
        "name a Python that has " + needs + ", or leave --peer out",
        cause);
  }

  /** Of what it measures. */
  String version() {
    return version;
  }

  /** Asks and waits for the answer. */
  String ask(String request) throws IOException {
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
