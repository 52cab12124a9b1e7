package org.ijepa.batch;

import java.nio.ByteBuffer;
import java.util.List;

/** A micro-batch with its pixels: unsigned bytes B x S x S x 3 in native memory. */
public final class MicroBatch implements AutoCloseable {
  private final MicroBatchPlan plan;
  private final ByteBuffer images;
  private final BufferPool pool;
  private final int[] attempts;
  private final List<BadSample> bad;

  MicroBatch(
      MicroBatchPlan plan,
      ByteBuffer images,
      BufferPool pool,
      int[] attempts,
      List<BadSample> bad) {
    this.plan = plan;
    this.images = images;
    this.pool = pool;
    this.attempts = attempts;
    this.bad = List.copyOf(bad);
  }

  /** What it is. */
  public MicroBatchPlan plan() {
    return plan;
  }

  /** The pixels, until closed. */
  public ByteBuffer images() {
    return images;
  }

  /** Which try of the i-th sample's place was used: 0 the sample itself. */
  public int attempt(int i) {
    return attempts[i];
  }

  /** Samples that were replaced. */
  public List<BadSample> bad() {
    return bad;
  }

  /** Gives the memory back for another micro-batch. */
  @Override
  public void close() {
    pool.giveBack(images);
  }
}
