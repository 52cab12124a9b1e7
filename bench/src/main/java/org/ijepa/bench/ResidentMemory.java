package org.ijepa.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process had resident at most, as Linux counts it. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final String FORGET_PEAK = "5";

  private ResidentMemory() {}

  /** Counts from what is resident now; where that cannot be had, from the process's beginning. */
  static void forgetPeak() {
    try {
      Files.writeString(CLEAR, FORGET_PEAK);
    } catch (IOException e) {
      // The peak then covers more than was meant, never less.
      return;
    }
  }

  /** MiB; 0 on systems that do not tell. */
  public static long peakMebibytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return 0;
  }
}
