package org.ijepa.coordinator;

import org.ijepa.collective.Nccl;

/**
 * What the trainers of a node can sum gradients with.
 *
 * @param nccl version of NCCL, such as 22703 for 2.27.3; 0: none
 * @param required whether they take nothing else, which {@code cluster.collective = nccl} says
 */
public record Sums(int nccl, boolean required) {
  /** In memory, and by a ring. */
  public static final Sums PLAIN = new Sums(0, false);

  /** Whether there is a way in which both can sum. */
  boolean fits(Sums other) {
    boolean sameNccl = nccl != 0 && nccl == other.nccl;
    return sameNccl || (!required && !other.required);
  }

  String text() {
    return nccl == 0 ? "no NCCL" : Nccl.name(nccl);
  }
}
