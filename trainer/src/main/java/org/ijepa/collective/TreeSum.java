package org.ijepa.collective;

import ai.djl.ndarray.NDManager;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.ijepa.kernel.FlatTensor;

/**
 * Sums numbered terms in an order that does not depend on who has which: along a binary tree over
 * their numbers, of which every complete subtree of a power of two of terms is added up by itself.
 * So any number of ranks comes to the same bits as one.
 *
 * <p>A rank whose terms are a run [from, to) holds the sums of the largest complete subtrees in it,
 * at most 2 log2(terms) tensors. To add them up, each goes to every rank in turn, so that a
 * reduction moves a tensor for each subtree over each link, where {@link Collective#allReduceSum}
 * moves two in all.
 *
 * <p>Used by one thread.
 */
public final class TreeSum implements AutoCloseable {
  private final NDManager manager;
  private final long size;
  private final List<FlatTensor> all = new ArrayList<>();
  private final Deque<FlatTensor> spare = new ArrayDeque<>();
  private final Deque<Part> own = new ArrayDeque<>();

  /** Terms [first, first + count), a complete subtree; {@code count} is a power of two. */
  record Subtree(long first, long count) {
    /** Whether another one comes next to this one, below one node. */
    boolean isLeftOf(Subtree other) {
      return count == other.count && first + count == other.first && first % (2 * count) == 0;
    }
  }

  private record Part(Subtree terms, FlatTensor sum) {}

  /** Sums of tensors of so many elements, whose copies belong to {@code manager}. */
  public TreeSum(NDManager manager, long size) {
    this.manager = manager;
    this.size = size;
  }

  /** The most tensors that sums of {@code terms} terms keep: two for each level, and one more. */
  public static int mostTensors(int terms) {
    return 2 * (Integer.SIZE - Integer.numberOfLeadingZeros(terms - 1)) + 1;
  }

  /** The largest complete subtrees of terms [from, to), in their order. */
  static List<Subtree> subtrees(long from, long to) {
    List<Subtree> found = new ArrayList<>();
    long first = from;
    while (first < to) {
      long aligned = first == 0 ? Long.MAX_VALUE : Long.lowestOneBit(first);
      long count = Math.min(aligned, Long.highestOneBit(to - first));
      found.add(new Subtree(first, count));
      first += count;
    }
    return found;
  }

  /** Forgets all terms. */
  public void begin() {
    own.clear();
    spare.clear();
    spare.addAll(all);
  }

  /** Adds a term of this rank, a copy of {@code term}; the terms come in order. */
  public void add(long number, FlatTensor term) {
    FlatTensor copy = take();
    copy.copyOf(term);
    push(own, new Part(new Subtree(number, 1), copy));
  }

  private FlatTensor take() {
    if (spare.isEmpty()) {
      all.add(FlatTensor.zeros(manager, size));
      return all.get(all.size() - 1);
    }
    return spare.pop();
  }

  /** Puts a part after the others, and adds up what is complete. */
  private void push(Deque<Part> parts, Part next) {
    Part last = next;
    while (!parts.isEmpty() && parts.peekLast().terms().isLeftOf(last.terms())) {
      Part left = parts.removeLast();
      last =
          new Part(
              new Subtree(left.terms().first(), 2 * left.terms().count()),
              plus(left.sum(), last.sum()));
    }
    parts.addLast(last);
  }

  private FlatTensor plus(FlatTensor left, FlatTensor right) {
    left.add(right);
    spare.push(right);
    return left;
  }

  /**
   * The sum of all terms of all ranks, the same bits on each.
   *
   * @param bounds rank r has terms [bounds[r], bounds[r + 1])
   * @param sum gets it
   * @throws CollectiveException if the group was aborted or a rank did not take part in time
   */
  public void reduce(Collective group, long[] bounds, FlatTensor sum) throws CollectiveException {
    Deque<Part> parts = new ArrayDeque<>();
    for (int rank = 0; rank < group.size(); rank++) {
      for (Subtree terms : subtrees(bounds[rank], bounds[rank + 1])) {
        FlatTensor part = rank == group.rank() ? own.removeFirst().sum() : take();
        group.broadcast(part, rank);
        push(parts, new Part(terms, part));
      }
    }
    FlatTensor total = parts.removeLast().sum();
    while (!parts.isEmpty()) {
      total = plus(parts.removeLast().sum(), total);
    }
    sum.copyOf(total);
    spare.push(total);
  }

  @Override
  public void close() {
    all.forEach(FlatTensor::close);
  }
}
