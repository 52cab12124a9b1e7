package org.ijepa.collective;

import java.util.ArrayList;
import java.util.List;

/**
 * What the ranks of a generation have and want, the same on each.
 *
 * @param versions of each rank's NCCL, 0 where it has none
 * @param required whether any rank takes nothing else
 */
record NcclVotes(List<Integer> versions, boolean required) {
  private static final int MOST_NAMED = 8;

  /**
   * One rank's own, as it is added to the others': a slot for each rank's version, which is below
   * 2^24 and so exact, then one for each rank's wish.
   */
  static float[] slots(int rank, int size, int version, boolean required) {
    float[] slots = new float[2 * size];
    slots[rank] = version;
    slots[size + rank] = required ? 1 : 0;
    return slots;
  }

  /** From the sum of all ranks' slots. */
  static NcclVotes of(float[] sum) {
    int size = sum.length / 2;
    List<Integer> versions = new ArrayList<>();
    boolean required = false;
    for (int rank = 0; rank < size; rank++) {
      versions.add((int) sum[rank]);
      required |= sum[size + rank] > 0;
    }
    return new NcclVotes(List.copyOf(versions), required);
  }

  /** Whether all have the same version. */
  boolean isPossible() {
    return !versions.contains(0) && versions.stream().distinct().count() == 1;
  }

  /** Whether any has it. */
  boolean isKnown() {
    return versions.stream().anyMatch(version -> version > 0);
  }

  /** Who has what: {@code node-a-0 has NCCL 2.27.3, node-b-0 has none}. */
  String text(List<String> names) {
    List<String> parts = new ArrayList<>();
    for (int rank = 0; rank < Math.min(MOST_NAMED, versions.size()); rank++) {
      int version = versions.get(rank);
      parts.add(
          names.get(rank)
              + (version == 0 ? " has none" : " has NCCL " + NcclLibrary.versionName(version)));
    }
    if (versions.size() > MOST_NAMED) {
      parts.add("and so on");
    }
    return String.join(", ", parts);
  }
}
