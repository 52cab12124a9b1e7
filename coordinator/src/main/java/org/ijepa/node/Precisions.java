package org.ijepa.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.Settings;

/** Which precision {@code auto} means on this machine. */
public final class Precisions {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  private Precisions() {}

  /** The settings with a precision that is not {@code auto}. */
  public static Settings settled(Settings settings) {
    if (settings.optimization().precision() != Precision.AUTO) {
      return settings;
    }
    return settings.withPrecision(hasBf16() ? Precision.BF16 : Precision.FP32);
  }

  /** Whether the processor multiplies matrices of bfloat16 natively. */
  private static boolean hasBf16() {
    try {
      List<String> lines = Files.readAllLines(PROCESSOR, StandardCharsets.UTF_8);
      return lines.stream()
          .filter(line -> line.startsWith("flags"))
          .anyMatch(line -> line.contains("avx512_bf16") || line.contains("amx_bf16"));
    } catch (IOException e) {
      // A system that does not tell is taken not to have it.
      return false;
    }
  }
}
