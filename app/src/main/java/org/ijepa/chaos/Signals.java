package org.ijepa.chaos;

import java.io.IOException;

/** Signals to processes by number, as Java itself knows only two. */
final class Signals {
  private Signals() {}

  /** Sends one; a process that has ended meanwhile is none's fault. */
  static void send(String signal, long pid) throws IOException, InterruptedException {
    if (pid <= 0) {
      // Kill would take it for a group of processes, this one's own among them.
      throw new IllegalArgumentException(pid + " is no process");
    }
    new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
