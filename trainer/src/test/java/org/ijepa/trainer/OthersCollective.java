package org.ijepa.trainer;

import org.ijepa.collective.Collective;
import org.ijepa.kernel.FlatTensor;

/** Rank 0 of a group whose other members do nothing but what {@link #allReduceSum} says. */
abstract class OthersCollective implements Collective {
  private final int size;

  OthersCollective(int size) {
    this.size = size;
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void broadcast(FlatTensor tensor, int root) {}

  @Override
  public void check() {}

  @Override
  public void abort() {}

  @Override
  public void close() {}
}
