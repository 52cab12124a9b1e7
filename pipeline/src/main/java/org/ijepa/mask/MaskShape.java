package org.ijepa.mask;

/**
 * Lengths that all masks of a micro-batch have in common.
 *
 * @param context patches that the context encoder sees of an image
 * @param target patches of each target block
 */
public record MaskShape(int context, int target) {}
