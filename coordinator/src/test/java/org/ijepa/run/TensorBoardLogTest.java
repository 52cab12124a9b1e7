package org.ijepa.run;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TensorBoardLogTest {
  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1_500), ZoneOffset.UTC);

  @TempDir Path folder;

  private TensorBoardLog open() throws IOException {
    return TensorBoardLog.open(folder, CLOCK);
  }

  private Path file() throws IOException {
    try (var files = Files.list(folder)) {
      return files.findFirst().orElseThrow();
    }
  }

  @Test
  void shouldWriteEventsThatAnIndependentReaderUnderstands() throws IOException {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("train/loss", 0.25);
    scalars.put("größe", -1e-3);
    try (TensorBoardLog log = open()) {
      log.append(0, scalars);
      log.append(5_000_000_000L, Map.of());
    }
    assertThat(EventFile.read(folder))
        .containsExactly(
            new EventFile.Event(1.5, 0, "brain.Event:2", Map.of()),
            new EventFile.Event(1.5, 0, "", Map.of("train/loss", 0.25f, "größe", -1e-3f)),
            new EventFile.Event(1.5, 5_000_000_000L, "", Map.of()));
  }

  @Test
  void shouldMaskTheChecksumOfTheStandardTestVector() {
    int masked = EventRecords.maskedCrc("123456789".getBytes(US_ASCII));
    assertThat(Integer.rotateLeft(masked - 0xA282EAD8, 15)).isEqualTo(0xE3069283);
  }

  @Test
  void shouldKeepWholeEventsWhereverACrashTearsTheFile() throws IOException {
    try (TensorBoardLog log = open()) {
      for (long step = 0; step < 5; step++) {
        log.append(step, Map.of("train/loss", 1.0 / (step + 1)));
      }
    }
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      long complete = completeSteps(whole, length);
      try (TensorBoardLog log = open()) {
        log.rewindTo(4);
        log.append(4, Map.of("train/loss", 9.0));
      }
      assertThat(EventFile.stepsIn(folder))
          .isEqualTo(
              LongStream.concat(LongStream.range(0, Math.min(4, complete)), LongStream.of(4))
                  .boxed()
                  .toList());
    }
  }

  private static long completeSteps(byte[] whole, int length) {
    List<Integer> ends = new ArrayList<>();
    int at = 0;
    while (at < whole.length) {
      at += 16 + (whole[at] & 0xFF);
      ends.add(at);
    }
    return Math.max(0, ends.stream().filter(end -> end <= length).count() - 1);
  }
}
