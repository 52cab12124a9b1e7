package org.ijepa.bench.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ijepa.ledger.LedgerChain;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.ledger.LedgerReport;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The ledger of one step of 2,048 images out of 1.28 million. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LedgerBenchmark {
  private static final int STEPS = 1250;

  private final LedgerHeader header =
      new LedgerHeader(
          LedgerHeader.FORMAT_VERSION, 1, 1_281_167, "00ffab", 2048, 16, Tail.DROP, Shards.NONE);
  private Path path;
  private LedgerFile file;
  private LedgerChain chain;
  private List<LedgerEntry> entries;

  @Setup
  public void prepare() throws IOException {
    path = Files.createTempDirectory("ledger").resolve("ledger");
    file = LedgerFile.open(path, header);
    chain = LedgerChain.begin(header);
    LedgerChain whole = LedgerChain.begin(header);
    entries = new ArrayList<>();
    for (long step = 0; step < STEPS; step++) {
      entries.add(whole.append(step, false, List.of(), 0.25));
    }
  }

  @TearDown
  public void delete() throws IOException {
    file.close();
    Files.delete(path);
    Files.delete(path.getParent());
  }

  /** What is done when a step is decided, the file included. */
  @Benchmark
  public LedgerEntry append() throws IOException {
    LedgerEntry entry = chain.append(chain.nextStep(), false, List.of(), 0.25);
    file.append(entry);
    return entry;
  }

  /** The proof over two epochs, per step. */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public LedgerReport verify() {
    return LedgerVerifier.verify(header, entries);
  }
}
