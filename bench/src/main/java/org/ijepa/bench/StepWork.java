package org.ijepa.bench;

import org.ijepa.vit.Geometry;

/**
 * The work of one training step.
 *
 * @param batch images
 * @param context patches of the context
 * @param targets target blocks
 * @param target patches of a target block
 * @param threads of the tensor library
 */
public record StepWork(
    Geometry geometry, boolean bf16, int batch, int context, int targets, int target, int threads) {
  public StepWork {
    int patches = geometry.patches();
    if (context > patches || target > patches) {
      throw new IllegalArgumentException(
          "an image has only %d patches: a context of %d and targets of %d do not fit"
              .formatted(patches, context, target));
    }
  }
}
