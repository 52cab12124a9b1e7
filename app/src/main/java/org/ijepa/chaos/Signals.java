package org.ijepa.chaos;

import java.io.IOException;

/** Signals and limits to processes by number, of which Java itself knows two and none. */
final class Signals {
  private Signals() {}

  /** Sends one; a process that has ended meanwhile is none's fault. */
  static void send(String signal, long pid) throws IOException, InterruptedException {
    if (pid <= 0) {
      // Kill would take it for a group of processes, this one's own among them.
      throw new IllegalArgumentException(pid + " is no process");
    }
    run("kill", "-" + signal, Long.toString(pid));
  }

  /**
   * No file that a process writes may grow beyond so many bytes.
   *
   * @param bytes a number, or {@code unlimited}
   * @throws IOException without prlimit, which util-linux has
   */
  static void limitFiles(String bytes, long pid) throws IOException, InterruptedException {
    run("prlimit", "--pid", Long.toString(pid), "--fsize=" + bytes + ":");
  }

  private static void run(String... command) throws IOException, InterruptedException {
    new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
