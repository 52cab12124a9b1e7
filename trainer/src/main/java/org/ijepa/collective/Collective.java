package org.ijepa.collective;

import org.ijepa.kernel.FlatTensor;

/**
 * One rank's end of a group of trainers that sum and copy flat tensors together.
 *
 * <p>Every rank makes the same calls in the same order with tensors of the same size. A call
 * returns on a rank once its tensor holds the result. When a rank aborts, dies or is late, every
 * call that is under way or comes later ends in a {@link CollectiveException}: a group that failed
 * stays failed, and a new one is made. {@link #abort} may be called from any thread.
 */
public interface Collective extends AutoCloseable {

  /** This end's rank, from 0. */
  int rank();

  /** Number of ranks. */
  int size();

  /**
   * Replaces the tensor's elements on every rank by their sum over ranks: the same bits on every
   * rank and in every repetition. All but {@link NcclCollective} add in the order of ranks.
   *
   * <p>What is rounded is bfloat16: each rank's elements, and the sum again after each addition. So
   * it takes half of the bytes between processes and GPUs, and is off by at most ((1 + 2^-8)^W - 1)
   * times the sum of the W ranks' absolute values, but for what float32 itself rounds. A group of
   * one rank has nothing to tell anybody, and changes nothing.
   *
   * @param rounded elements, from the first, that are rounded; the others are float32
   * @throws CollectiveException if the group was aborted or a rank did not take part in time
   */
  void allReduceSum(FlatTensor tensor, long rounded) throws CollectiveException;

  /** As above, with all elements float32. */
  default void allReduceSum(FlatTensor tensor) throws CollectiveException {
    allReduceSum(tensor, 0);
  }

  /**
   * Copies root's elements, exactly, to every other rank.
   *
   * @throws CollectiveException if the group was aborted or a rank did not take part in time
   */
  void broadcast(FlatTensor tensor, int root) throws CollectiveException;

  /**
   * Looks, between calls and without waiting, whether the group still stands.
   *
   * @throws CollectiveException if it was aborted or a neighbour is gone
   */
  void check() throws CollectiveException;

  /** Ends the group for all ranks; harmless when repeated. */
  void abort();

  @Override
  void close();
}
