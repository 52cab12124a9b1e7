package org.ijepa.replica;

import java.util.ArrayList;
import java.util.List;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.vit.GradientPart;
import org.ijepa.vit.Layout;

/**
 * The gradient in parts that a backward pass completes one after another, so that ranks can sum the
 * first while the others are computed.
 */
final class GradientParts {
  private final List<GradientPart> stages;
  private final List<FlatTensor> sums;

  /**
   * Of a gradient that is followed by facts.
   *
   * @param least elements that are worth a sum of their own
   */
  GradientParts(Layout layout, FlatTensor gradient, long least) {
    stages = GradientPart.of(layout, least);
    sums = layout.size() / 2 < least ? List.of(gradient) : slices(layout, gradient);
  }

  private List<FlatTensor> slices(Layout layout, FlatTensor gradient) {
    List<FlatTensor> slices = new ArrayList<>();
    for (GradientPart part : stages) {
      slices.add(gradient.slice(part.offset(), part.offset() + part.size()));
    }
    slices.add(
        gradient.slice(layout.encoderMatrices() + layout.predictorMatrices(), gradient.size()));
    return List.copyOf(slices);
  }

  /** Stages of the networks, in the order of a backward pass. */
  List<GradientPart> stages() {
    return stages;
  }

  /**
   * What is summed at once: as many slices as there are groups of stages, each complete with its
   * group, and one for vectors and facts, complete with the step; or all in one.
   */
  List<FlatTensor> sums() {
    return sums;
  }

  /** Whether a group of stages completes a sum. */
  boolean areSummedApart() {
    return sums.size() > 1;
  }
}
