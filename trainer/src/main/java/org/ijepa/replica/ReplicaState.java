package org.ijepa.replica;

import ai.djl.ndarray.NDManager;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.vit.Layout;

/**
 * Everything of a replica that outlives a step, in flat storage laid out by {@link Layout}: what
 * checkpoints hold and what a newcomer gets by broadcast.
 */
public final class ReplicaState implements AutoCloseable {
  private final Layout layout;
  private final FlatTensor weights;
  private final FlatTensor target;
  private final FlatTensor firstMoment;
  private final FlatTensor secondMoment;
  private long updates;

  ReplicaState(NDManager manager, Layout layout) {
    this.layout = layout;
    weights = FlatTensor.zeros(manager, layout.size());
    target = FlatTensor.zeros(manager, layout.targetSize());
    firstMoment = FlatTensor.zeros(manager, layout.size());
    secondMoment = FlatTensor.zeros(manager, layout.size());
  }

  /** Where each parameter lies. */
  public Layout layout() {
    return layout;
  }

  /** Context encoder and predictor. */
  public FlatTensor weights() {
    return weights;
  }

  /** Target encoder. */
  public FlatTensor target() {
    return target;
  }

  /** AdamW's exponential average of gradients. */
  public FlatTensor firstMoment() {
    return firstMoment;
  }

  /** AdamW's exponential average of squared gradients. */
  public FlatTensor secondMoment() {
    return secondMoment;
  }

  /** Optimizer updates made so far (skipped steps make none). */
  public long updates() {
    return updates;
  }

  /** Sets the number of optimizer updates made so far. */
  public void updates(long count) {
    updates = count;
  }

  @Override
  public void close() {
    weights.close();
    target.close();
    firstMoment.close();
    secondMoment.close();
  }
}
