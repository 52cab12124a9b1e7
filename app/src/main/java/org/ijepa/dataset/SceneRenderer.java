package org.ijepa.dataset;

import java.util.List;

/** Casts the rays of one picture. Not for several threads; make one per scene. */
final class SceneRenderer {
  /** Half of the lamp's width, scene units: shadows have soft edges. */
  private static final double LAMP_HALF_WIDTH = 0.55;

  private static final ToneCurve TONE = new ToneCurve();

  private final Scene scene;
  private final Shading shading;
  private final int size;
  private final int samples;
  private final Camera.Disc[] discs;
  private final Solid[] candidates;
  private int candidateCount;

  /**
   * @param size width and height, pixels
   * @param samples rays across a pixel
   */
  SceneRenderer(Scene scene, int size, int samples) {
    this.scene = scene;
    this.shading = new Shading(scene);
    this.size = size;
    this.samples = samples;
    List<Solid> solids = scene.solids();
    this.discs = new Camera.Disc[solids.size()];
    for (int i = 0; i < discs.length; i++) {
      Solid solid = solids.get(i);
      discs[i] = scene.camera().disc(solid.centre(), solid.boundingRadius());
    }
    this.candidates = new Solid[solids.size()];
  }

  /** The picture, row by row from the top, a byte each of red, green and blue (sRGB). */
  byte[] render() {
    byte[] rgb = new byte[3 * size * size];
    int at = 0;
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        Vec color = pixel(column, row);
        rgb[at++] = TONE.encode(color.x());
        rgb[at++] = TONE.encode(color.y());
        rgb[at++] = TONE.encode(color.z());
      }
    }
    return rgb;
  }

  private Vec pixel(int column, int row) {
    findCandidates((2 * column + 1.0) / size - 1, 1 - (2 * row + 1.0) / size);
    double step = 2.0 / (size * samples);
    double red = 0;
    double green = 0;
    double blue = 0;
    for (int sy = 0; sy < samples; sy++) {
      double v = 1 - (row * samples + sy + 0.5) * step;
      for (int sx = 0; sx < samples; sx++) {
        double u = (column * samples + sx + 0.5) * step - 1;
        Vec color = trace(scene.camera().ray(u, v), lampPoint(sx, sy));
        // Clipped before the mean, so that edges of highlights are smooth.
        red += Math.min(1, color.x());
        green += Math.min(1, color.y());
        blue += Math.min(1, color.z());
      }
    }
    double share = 1.0 / (samples * samples);
    return new Vec(red * share, green * share, blue * share);
  }

  /** Keeps the solids that some ray of the pixel may meet. */
  private void findCandidates(double u, double v) {
    double corner = Math.sqrt(2) / size;
    candidateCount = 0;
    for (int i = 0; i < discs.length; i++) {
      if (discs[i].holds(u, v, corner)) {
        candidates[candidateCount++] = scene.solids().get(i);
      }
    }
  }

  /**
   * The point of the lamp for a ray of the pixel: the rays share the lamp out among them, in an
   * order in which neighbouring rays take distant points.
   */
  private Vec lampPoint(int sx, int sy) {
    int a = (sx + sy) % samples;
    int b = (sx + 2 * sy) % samples;
    double across = LAMP_HALF_WIDTH * ((2 * a + 1.0) / samples - 1);
    double along = LAMP_HALF_WIDTH * ((2 * b + 1.0) / samples - 1);
    return scene.light().plus(new Vec(across, along, 0));
  }

  private Vec trace(Vec direction, Vec lamp) {
    Vec eye = scene.camera().eye();
    double nearest = Double.POSITIVE_INFINITY;
    Solid first = null;
    for (int i = 0; i < candidateCount; i++) {
      double distance = candidates[i].hit(eye, direction);
      if (distance < nearest) {
        nearest = distance;
        first = candidates[i];
      }
    }
    if (first != null) {
      return shading.ofSolid(first, eye.plus(direction.times(nearest)), direction, lamp);
    }
    // The camera looks down so steeply that every other ray meets the ground.
    return shading.ofGround(eye.plus(direction.times(-eye.z() / direction.z())), lamp);
  }
}
