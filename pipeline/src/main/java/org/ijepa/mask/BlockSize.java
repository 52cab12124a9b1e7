package org.ijepa.mask;

/**
 * The size of a block of patches.
 *
 * @param height rows of patches
 * @param width columns of patches
 */
public record BlockSize(int height, int width) {
  /** Patches in the block. */
  public int patches() {
    return height * width;
  }

  @Override
  public String toString() {
    return height + " x " + width;
  }
}
