package org.ijepa.vit;

import java.util.ArrayList;
import java.util.List;
import org.ijepa.vit.Parameter.Network;

/**
 * Stages [from, to) of a network, whose matrices lie side by side in flat storage and have their
 * gradients after one piece of a backward pass. Stage 0 is the network's entry, then come its
 * blocks, then its end.
 *
 * @param offset of the first matrix's first element
 * @param size elements of the matrices
 */
public record GradientPart(Network network, int from, int to, long offset, long size) {
  /**
   * Matrices of a block: of queries, keys and values together, of attention's output, of the MLP.
   */
  private static final int IN_BLOCK = 4;

  /**
   * All stages of both networks in the order of a backward pass. Vectors lie behind all matrices
   * and are in no part.
   *
   * @param least elements of a part, but for the last of each network, which may be smaller
   */
  public static List<GradientPart> of(Layout layout, long least) {
    List<GradientPart> parts = new ArrayList<>();
    add(parts, layout, Network.PREDICTOR, least);
    add(parts, layout, Network.ENCODER, least);
    return List.copyOf(parts);
  }

  private static void add(List<GradientPart> parts, Layout layout, Network network, long least) {
    List<Parameter> matrices = layout.matrices(network);
    // The encoder's end has no matrix, the predictor's has one.
    int stages = (matrices.size() - 1) / IN_BLOCK + 2;
    int to = stages;
    long size = 0;
    for (int stage = stages - 1; stage >= 0; stage--) {
      int first = first(stage);
      int end = Math.min(first(stage + 1), matrices.size());
      size += matrices.subList(first, end).stream().mapToLong(Parameter::size).sum();
      if (stage == 0 || size >= least) {
        parts.add(new GradientPart(network, stage, to, matrices.get(first).offset(), size));
        to = stage;
        size = 0;
      }
    }
  }

  /** The first of a stage's matrices among those of its network, of which the entry has one. */
  private static int first(int stage) {
    return stage == 0 ? 0 : 1 + IN_BLOCK * (stage - 1);
  }
}
