package org.ijepa.bench.micro;

import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Which sample stands at a place: the same cost at any position of a run. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OrderBenchmark {
  private static final int GLOBAL_BATCH = 2048;
  private static final int STREAMS = 16;
  private static final int SHARDS = 1281;
  private static final long SAMPLES_OF_A_SHARD = 1000;
  private static final int WINDOW = 8192;

  /** How many samples of the run stand before the one that is asked for. */
  @Param({"0", "1000000000", "1000000000000"})
  long position;

  /** Single images, or 1,281 shards of 1,000. */
  @Param({"folder", "shards"})
  String source;

  private SampleOrder order;
  private int slot;

  @Setup
  public void prepare() {
    Shards shards =
        source.equals("shards")
            ? new Shards(Collections.nCopies(SHARDS, SAMPLES_OF_A_SHARD), WINDOW)
            : Shards.NONE;
    order =
        new SampleOrder(1, SHARDS * SAMPLES_OF_A_SHARD, GLOBAL_BATCH, STREAMS, Tail.DROP, shards);
  }

  /** One place of a step. */
  @Benchmark
  public Place place() {
    slot = (slot + 1) % GLOBAL_BATCH;
    return order.place(position / GLOBAL_BATCH, slot);
  }
}
