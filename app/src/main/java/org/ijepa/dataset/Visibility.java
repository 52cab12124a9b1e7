package org.ijepa.dataset;

/** How much of each solid a camera sees: rays through a square grid over the picture. */
final class Visibility {
  private final int[] visible;
  private final int[] outline;

  /** Casts {@code grid * grid} rays. */
  Visibility(Scene scene, int grid) {
    int count = scene.solids().size();
    visible = new int[count];
    outline = new int[count];
    Camera camera = scene.camera();
    Camera.Disc[] discs = new Camera.Disc[count];
    for (int i = 0; i < count; i++) {
      Solid solid = scene.solids().get(i);
      discs[i] = camera.disc(solid.centre(), solid.boundingRadius());
    }
    for (int row = 0; row < grid; row++) {
      double v = 1 - (2 * row + 1.0) / grid;
      for (int column = 0; column < grid; column++) {
        cast(scene, discs, (2 * column + 1.0) / grid - 1, v);
      }
    }
  }

  private void cast(Scene scene, Camera.Disc[] discs, double u, double v) {
    Vec direction = null;
    double nearest = Double.POSITIVE_INFINITY;
    int first = -1;
    for (int i = 0; i < discs.length; i++) {
      if (!discs[i].holds(u, v, 0)) {
        continue;
      }
      if (direction == null) {
        direction = scene.camera().ray(u, v);
      }
      double distance = scene.solids().get(i).hit(scene.camera().eye(), direction);
      if (distance < Double.POSITIVE_INFINITY) {
        outline[i]++;
      }
      if (distance < nearest) {
        nearest = distance;
        first = i;
      }
    }
    if (first >= 0) {
      visible[first]++;
    }
  }

  /** The rays that meet this solid first. */
  int visible(int solid) {
    return visible[solid];
  }

  /** The rays that would meet this solid if it stood alone. */
  int outline(int solid) {
    return outline[solid];
  }

  /** Whether each solid is met first by so many rays and by such a part of those of its outline. */
  boolean allAtLeast(int rays, double part) {
    for (int i = 0; i < visible.length; i++) {
      if (visible[i] < rays || visible[i] < part * outline[i]) {
        return false;
      }
    }
    return true;
  }
}
