package org.ijepa.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import akka.util.ByteString;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.ijepa.process.ChildJava;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes that fill and evict one folder at the same time, without a lock. */
@Tag("process")
class SharedDiskCacheTest {
  private static final int PROCESSES = 3;
  private static final int THREADS = 2;
  private static final int READS = 1_000;
  private static final int NAMES = 400;
  private static final String SOURCE = "set";

  /** Room for a tenth of what the names have, so that all evict all the time. */
  private static final long LIMIT = 40L * 2_000;

  @TempDir private Path folder;

  private static ByteString bytes(int name) {
    SplittableRandom random = new SplittableRandom(name);
    byte[] bytes = new byte[1_000 + random.nextInt(2_000)];
    random.nextBytes(bytes);
    return ByteString.fromArray(bytes);
  }

  /** One process: reads names at random, and keeps what it had to make. */
  public static final class Reader {
    private Reader() {}

    public static void main(String[] arguments) throws Exception {
      DiskCache cache =
          DiskCache.open(
              Path.of(arguments[0]),
              LIMIT,
              Clock.systemUTC(),
              new DiskCache.Patience(Duration.ZERO, Duration.ZERO));
      List<Thread> threads = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[1]) + thread);
        threads.add(new Thread(() -> read(cache, random)));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      DiskCache.Counts counts = cache.counts();
      System.out.printf(
          "hits=%d evicted=%d damaged=%d failed=%d%n",
          counts.hits(), counts.evicted(), counts.damaged(), counts.failed());
    }

    private static void read(DiskCache cache, SplittableRandom random) {
      for (int i = 0; i < READS; i++) {
        // Low names are asked for more often: all processes want the same ones.
        int name = (int) (NAMES * random.nextDouble() * random.nextDouble());
        ByteString right = bytes(name);
        String key = Integer.toString(name);
        ByteString found = cache.get(SOURCE, key).orElse(right);
        if (!found.equals(right)) {
          System.out.println("wrong bytes of " + name);
        }
        cache.put(SOURCE, key, right);
      }
    }
  }

  @Test
  void shouldNeverGiveWrongBytesToAnyProcess() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      processes.add(
          ChildJava.of(
                  List.of("-Xmx64m", "-XX:TieredStopAtLevel=1"),
                  Reader.class,
                  folder.toString(),
                  Integer.toString(100 * i))
              .redirectError(new File("/dev/null"))
              .start());
    }
    for (Process process : processes) {
      String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      assertThat(process.waitFor()).isZero();
      // Nothing was damaged, though each deletes what another one reads and writes.
      assertThat(said).matches("hits=[1-9]\\d* evicted=[1-9]\\d* damaged=0 failed=0");
    }
    assertThat(sizes()).isLessThanOrEqualTo(LIMIT + PROCESSES * (LIMIT / 16 + THREADS * 3_100L));
    DiskCache after = DiskCache.open(folder, LIMIT, Clock.systemUTC());
    for (int name = 0; name < NAMES; name++) {
      ByteString right = bytes(name);
      after
          .get(SOURCE, Integer.toString(name))
          .ifPresent(found -> assertThat(found).isEqualTo(right));
    }
    assertThat(after.counts().damaged()).isZero();
    assertThat(sizes()).isPositive().isLessThanOrEqualTo(LIMIT);
  }

  private long sizes() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      long sum = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        sum += Files.size(file);
      }
      return sum;
    }
  }
}
