package org.ijepa.chaos;

import java.io.IOException;

/** Signals to processes by number, as Java itself knows only two. */
final class Signals {
  private Signals() {}

  /** Sends one; a process that has ended meanwhile is none's fault. */
  static void send(String signal, long pid) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
