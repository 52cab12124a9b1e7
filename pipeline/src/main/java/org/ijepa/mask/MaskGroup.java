package org.ijepa.mask;

/**
 * Samples whose contexts have one length.
 *
 * <p>Legend: B samples, M targets, K context patches, K' target patches. Patches are numbered row
 * by row from 0. The arrays are not copied and must not be changed.
 */
public final class MaskGroup {
  private final int[] members;
  private final int[][] context;
  private final int[][][] targets;
  private final long patchesBeforeCut;

  MaskGroup(int[] members, int[][] context, int[][][] targets, long patchesBeforeCut) {
    this.members = members;
    this.context = context;
    this.targets = targets;
    this.patchesBeforeCut = patchesBeforeCut;
  }

  /** B. */
  public int size() {
    return members.length;
  }

  /** K, at least 1. */
  public int contextLength() {
    return context[0].length;
  }

  /** K'. */
  public int targetLength() {
    return targets[0][0].length;
  }

  /** B indices into the stream's share of the step: whose masks these are, in order. */
  public int[] members() {
    return members;
  }

  /** B x K, ascending patches of each sample's context. */
  public int[][] context() {
    return context;
  }

  /** M x B x K', ascending patches of each target block. */
  public int[][][] targets() {
    return targets;
  }

  /** Context patches of all B samples before they were cut to K each. */
  public long patchesBeforeCut() {
    return patchesBeforeCut;
  }
}
