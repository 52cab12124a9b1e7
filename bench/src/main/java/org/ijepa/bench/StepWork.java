package org.ijepa.bench;

import org.ijepa.mask.MaskLengths;
import org.ijepa.node.Models;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.Settings;
import org.ijepa.vit.Geometry;

/**
 * The work of one training step.
 *
 * @param bf16 matrix products in bfloat16
 * @param checkpointing makes activations once more in the backward pass; the peer never does
 * @param batch images
 * @param context patches of the context
 * @param targets target blocks
 * @param target patches of a target block
 * @param threads of the tensor library
 */
public record StepWork(
    Geometry geometry,
    boolean bf16,
    boolean checkpointing,
    int batch,
    int context,
    int targets,
    int target,
    int threads) {
  /**
   * A step of one micro-batch of a run.
   *
   * @param settings without {@code auto}
   * @param masks average lengths
   */
  public static StepWork of(Settings settings, MaskLengths masks) {
    return new StepWork(
        Models.geometry(settings),
        settings.optimization().precision() == Precision.BF16,
        settings.optimization().activationCheckpointing(),
        settings.optimization().microBatch(),
        (int) Math.max(1, Math.round(masks.context())),
        settings.mask().targets(),
        (int) Math.max(1, Math.round(masks.target())),
        settings.cluster().threads());
  }

  public StepWork {
    int patches = geometry.patches();
    if (context > patches || target > patches) {
      throw new IllegalArgumentException(
          "an image has only %d patches: a context of %d and targets of %d do not fit"
              .formatted(patches, context, target));
    }
  }
}
