package org.ijepa.mask;

/**
 * The sizes that all masks of one step have in common.
 *
 * @param target size of every target block
 * @param context size of every context block, before the targets are taken out of it
 */
public record BlockSizes(BlockSize target, BlockSize context) {}
