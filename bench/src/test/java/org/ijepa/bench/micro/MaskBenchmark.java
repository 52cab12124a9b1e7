package org.ijepa.bench.micro;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ijepa.mask.MaskGroup;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Masks of one sample, of 224 pixels in patches of 16. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MaskBenchmark {
  private static final int GRID = 14;
  private static final int SHARE = 128;

  @Param({"reference", "corrected"})
  String mode;

  private MaskSampler masks;
  private long step;

  @Setup
  public void prepare() {
    MaskRules rules =
        mode.equals("reference") ? MaskRules.reference(GRID) : MaskRules.corrected(GRID);
    masks = new MaskSampler(rules, 1);
  }

  /** A stream's share of a step. */
  @Benchmark
  @OperationsPerInvocation(SHARE)
  public List<MaskGroup> masks() {
    step++;
    return masks.groups(step, 0, step * SHARE, SHARE);
  }
}
