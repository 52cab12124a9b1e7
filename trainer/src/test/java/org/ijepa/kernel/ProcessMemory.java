package org.ijepa.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process has in memory, as Linux counts it. */
public final class ProcessMemory {
  private ProcessMemory() {}

  /** KiB that are resident. */
  public static long resident() throws IOException {
    return kibibytes("VmRSS:");
  }

  /** KiB that were resident at most since {@link #forgetMost}. */
  static long most() throws IOException {
    return kibibytes("VmHWM:");
  }

  /** The most is what is resident now. */
  static void forgetMost() throws IOException {
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
  }

  private static long kibibytes(String name) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }
}
