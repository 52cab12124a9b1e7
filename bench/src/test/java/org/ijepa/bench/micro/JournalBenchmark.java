package org.ijepa.bench.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.ijepa.batch.DecodeJournal;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Word of what is decoded, for each image of any number of threads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JournalBenchmark {
  /** Those of JMH, whose first ones may have ended when others come. */
  private static final int MOST_THREADS = 1024;

  private Path folder;
  private DecodeJournal journal;

  @Setup
  public void begin() throws IOException {
    folder = Files.createTempDirectory("journal");
    journal = DecodeJournal.begin(folder.resolve("decoding"), "00ffab", MOST_THREADS);
  }

  @TearDown
  public void delete() throws IOException {
    journal.close();
    Files.delete(folder);
  }

  /** Before an image is decoded and after it. */
  @Benchmark
  public void image() {
    journal.begin(1);
    journal.end();
  }
}
