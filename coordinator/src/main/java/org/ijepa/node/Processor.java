package org.ijepa.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What this machine's CPU can do. */
final class Processor {
  /** The instructions of which it has neither, for people. */
  static final String BFLOAT16 = "neither avx512_bf16 nor amx_bf16 in /proc/cpuinfo";

  private static final Path INFORMATION = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** Whether it multiplies matrices of bfloat16 natively. */
  static boolean hasBfloat16() {
    try {
      return hasBfloat16(Files.readAllLines(INFORMATION, StandardCharsets.UTF_8));
    } catch (IOException e) {
      // A system that does not tell is taken not to have it.
      return false;
    }
  }

  /** As above, by the lines in which the kernel describes the CPU. */
  static boolean hasBfloat16(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("flags"))
        .anyMatch(line -> line.contains("avx512_bf16") || line.contains("amx_bf16"));
  }
}
