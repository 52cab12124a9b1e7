package org.ijepa.cli;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.time.Duration;
import org.ijepa.failure.ExitCode;

/**
 * Ends a process whose orderly end may hang as well, at what hangs in it: a thread in a library, or
 * the library itself, which is asked to clean up when a process exits, after Java has ended.
 */
final class HardEnd {
  private HardEnd() {}

  /** Of the C library. */
  private interface C extends Library {
    /** Ends the process at once: nothing is flushed, and no library is asked. */
    @SuppressWarnings("checkstyle:MethodName")
    void _exit(int status);
  }

  /**
   * Should the process still be there after a time, it is ended with this code.
   *
   * @param why it should have ended, for people
   */
  static void within(Duration time, ExitCode code, String why) {
    Thread thread =
        new Thread(
            () -> {
              try {
                Thread.sleep(time.toMillis());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
              }
              System.err.printf(
                  "ijepa: ended at once, as it did not end within %d s: %s%n",
                  time.toSeconds(), why);
              exit(code.number());
            },
            "hard-end");
    thread.setDaemon(true);
    thread.start();
  }

  private static void exit(int code) {
    try {
      Native.load("c", C.class)._exit(code);
    } catch (UnsatisfiedLinkError e) {
      Runtime.getRuntime().halt(code);
    }
  }
}
