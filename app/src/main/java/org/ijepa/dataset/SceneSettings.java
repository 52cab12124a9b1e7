package org.ijepa.dataset;

import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;

/**
 * What the scenes of a data set look like. The size and the two settings after the numbers of
 * objects change pictures, never labels in scene units.
 *
 * @param size width and height of a picture, pixels, 32 to 1024
 * @param minObjects fewest objects in a scene, at least 1
 * @param maxObjects most objects in a scene, at most 10; all numbers between are equally likely
 * @param samplesAcross rays across a pixel, 1 to 8: a pixel is the mean of its square
 * @param jpegQuality 0 (excluded) to 1
 */
public record SceneSettings(
    int size, int minObjects, int maxObjects, int samplesAcross, double jpegQuality) {

  /**
   * Checks each value.
   *
   * @throws Failure {@link ExitCode#USAGE} if one is out of range
   */
  public SceneSettings {
    check(size >= 32 && size <= 1024, "size", size, "32 to 1024 pixels");
    check(minObjects >= 1, "fewest objects", minObjects, "1 or more");
    check(
        maxObjects >= minObjects && maxObjects <= 10,
        "most objects",
        maxObjects,
        minObjects + " (the fewest) to 10");
    check(samplesAcross >= 1 && samplesAcross <= 8, "rays across a pixel", samplesAcross, "1 to 8");
    check(jpegQuality > 0 && jpegQuality <= 1, "JPEG quality", jpegQuality, "above 0 and up to 1");
  }

  /** Pictures of 96 x 96 pixels with 1 to 10 objects, 9 rays a pixel, JPEG quality 0.9. */
  public static SceneSettings defaults() {
    return new SceneSettings(96, 1, 10, 3, 0.9);
  }

  private static void check(boolean valid, String name, Object value, String range) {
    if (!valid) {
      throw new Failure(
          ExitCode.WRONG_USAGE, "scenes: " + name + " is " + value, "choose " + range);
    }
  }
}
