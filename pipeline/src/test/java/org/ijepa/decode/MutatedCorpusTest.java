package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ijepa.process.ChildJava;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Spoilt images must not take the process down. {@code -Dcorpus.size=100000} in {@code
 * test.jvm.extra} decodes so many of them, {@code -Dcorpus.first} others.
 */
@Tag("process")
@EnabledOnOs(OS.LINUX)
class MutatedCorpusTest {
  private static final int FIRST = Integer.getInteger("corpus.first", 0);
  private static final int SIZE = Integer.getInteger("corpus.size", 0);
  private static final long PEAK_KIB = 1L << 20;
  private static final Pattern COUNT = Pattern.compile("count (\\S+) (\\d+)");
  private static final Pattern PEAK = Pattern.compile("peak (\\d+)");

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource({"3, 10000", "1, 400", "4, 400"})
  void shouldDecodeOrRefuseEveryMutantInBoundedMemory(int channels, int usual) throws Exception {
    int size = SIZE > 0 ? SIZE : usual;
    Path underWay = temp.resolve("under-way");
    Path output = temp.resolve("output");
    Process process = start(size, channels, underWay, output);
    boolean ended = process.waitFor(100 + size / 20, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(output);
    assertThat(ended ? process.exitValue() : -1)
        .as("mutants %s under way: %s", numbers(underWay), tail(lines))
        .isZero();

    Map<String, Integer> counts = new TreeMap<>();
    long peak = 0;
    for (String line : lines) {
      Matcher count = COUNT.matcher(line);
      if (count.matches()) {
        counts.put(count.group(1), Integer.parseInt(count.group(2)));
      }
      Matcher its = PEAK.matcher(line);
      peak = its.matches() ? Long.parseLong(its.group(1)) : peak;
      if (line.startsWith("slowest")) {
        System.out.println(line);
      }
    }
    System.out.printf(
        "%d mutants, %d channels: %s, peak %d MiB%n", size, channels, counts, peak >> 10);
    assertThat(counts.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(size);
    assertThat(counts)
        .containsKeys("decoded", "CORRUPT", "TRUNCATED", "HEADER_UNREADABLE", "NOT_AN_IMAGE");
    assertThat(counts.get("decoded")).isGreaterThan(size / 10);
    assertThat(peak).isPositive().isLessThan(PEAK_KIB);
  }

  private static Process start(int size, int channels, Path underWay, Path output)
      throws IOException {
    return ChildJava.of(
            List.of(
                "-Xmx256m",
                "-XX:MaxDirectMemorySize=64m",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + underWay.resolveSibling("hs_err.log")),
            MutatedCorpus.class,
            "" + FIRST,
            "" + (FIRST + size),
            underWay.toString(),
            "" + channels)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  private static List<Integer> numbers(Path underWay) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    if (Files.exists(underWay)) {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(underWay));
      while (bytes.hasRemaining()) {
        numbers.add(bytes.getInt());
      }
    }
    return numbers;
  }

  private static List<String> tail(List<String> lines) {
    return lines.subList(Math.max(0, lines.size() - 20), lines.size());
  }
}
