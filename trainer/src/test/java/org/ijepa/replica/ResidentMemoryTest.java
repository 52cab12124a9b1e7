package org.ijepa.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A long run has the memory of a short one. The process has a heap that is in memory from the
 * beginning, so that what grows is native.
 */
@Tag("process")
@EnabledOnOs(OS.LINUX)
class ResidentMemoryTest {
  /**
   * What 1,700 steps may add: compiled code and what the C library's heap loses between blocks of
   * other sizes. A step that left one of its activations behind, 24 KiB or more, would add twice as
   * much.
   */
  private static final long GROWTH_KIB = 20L << 10;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"fp32", "bf16"})
  void shouldNotGrowWithTheStepsMade(String precision) throws Exception {
    Path output = temp.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ManySteps.class.getName(),
                precision,
                "300",
                "2000")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      int code = process.waitFor();
      List<String> lines = Files.readAllLines(output);
      assertThat(code).as("%s", lines).isZero();
      Map<Integer, Long> resident = new TreeMap<>();
      for (String line : lines) {
        if (line.startsWith("resident ")) {
          String[] words = line.split(" ", 3);
          resident.put(Integer.valueOf(words[1]), Long.valueOf(words[2]));
        }
      }
      System.out.printf("%s, KiB by steps: %s%n", precision, resident);
      assertThat(resident).containsOnlyKeys(300, 2000);
      assertThat(resident.get(2000) - resident.get(300)).isLessThan(GROWTH_KIB);
    } finally {
      process.destroyForcibly();
    }
  }
}
