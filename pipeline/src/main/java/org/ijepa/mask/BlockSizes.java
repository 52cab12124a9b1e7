package org.ijepa.mask;

/** Heights and widths of a step's target blocks and context block, in patches. */
public record BlockSizes(int targetHeight, int targetWidth, int contextHeight, int contextWidth) {}
