package org.ijepa.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What this machine's CPU can do. */
final class Processor {
  private static final Path INFORMATION = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** Whether it multiplies matrices of bfloat16 natively. */
  static boolean hasBfloat16() {
    try {
      List<String> lines = Files.readAllLines(INFORMATION, StandardCharsets.UTF_8);
      return lines.stream()
          .filter(line -> line.startsWith("flags"))
          .anyMatch(line -> line.contains("avx512_bf16") || line.contains("amx_bf16"));
    } catch (IOException e) {
      // A system that does not tell is taken not to have it.
      return false;
    }
  }
}
