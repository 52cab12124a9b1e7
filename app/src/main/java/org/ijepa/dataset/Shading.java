package org.ijepa.dataset;

import java.util.List;

/**
 * Light at a point of a scene: a lamp with shadows and falloff, light from the sky and from the
 * ground, darkened where solids stand close, and one reflection on shiny solids. Colours are
 * linear. Uses only exactly rounded arithmetic, so that pictures agree on every machine.
 */
final class Shading {
  private static final double LAMP = 1.45;
  private static final double SKY = 0.42;
  private static final double BOUNCE = 0.16;
  private static final double LIFT = 1e-4;

  /** Reflection of a shiny surface seen straight on; at grazing angles it tends to 1. */
  private static final double STRAIGHT_REFLECTION = 0.07;

  private static final double HIGHLIGHT = 0.9;
  private static final double MATTE_HIGHLIGHT = 0.05;

  private final Scene scene;
  private final List<Solid> solids;
  private final double lampDistanceSquared;

  Shading(Scene scene) {
    this.scene = scene;
    this.solids = scene.solids();
    this.lampDistanceSquared = scene.light().dot(scene.light());
  }

  /**
   * The light that a point of a solid sends back along the ray that met it.
   *
   * @param lamp the point of the lamp that lights this ray
   */
  Vec ofSolid(Solid solid, Vec point, Vec direction, Vec lamp) {
    Vec normal = solid.normal(point);
    Vec start = point.plus(normal.times(LIFT));
    double lit = lit(start, normal, lamp);
    Vec diffuse = solid.color().albedo().times(lit + ambient(start, normal));
    boolean shiny = solid.material() == SolidMaterial.SHINY;
    Vec toLamp = lamp.minus(start).unit();
    double cosine = Math.max(0, normal.dot(toLamp.minus(direction).unit()));
    if (!shiny) {
      double glow = lit > 0 ? MATTE_HIGHLIGHT * power(cosine, 3) : 0;
      return diffuse.plus(new Vec(glow, glow, glow));
    }
    double facing = Math.max(0, -normal.dot(direction));
    double grazing = 1 - facing;
    double share =
        STRAIGHT_REFLECTION + (1 - STRAIGHT_REFLECTION) * grazing * power(grazing, 2) * 0.6;
    Vec mirrored = direction.minus(normal.times(2 * normal.dot(direction)));
    double glow = lit > 0 ? HIGHLIGHT * power(cosine, 7) : 0;
    return diffuse
        .times(1 - share)
        .plus(reflected(start, mirrored).times(share))
        .plus(new Vec(glow, glow, glow));
  }

  /** The light that a point of the ground sends back. */
  Vec ofGround(Vec point, Vec lamp) {
    Vec normal = new Vec(0, 0, 1);
    double light = lit(point, normal, lamp) + ambient(point, normal);
    return scene.ground().times(light);
  }

  /** What a mirror shows: sky, or the nearest surface without shadows of its own. */
  private Vec reflected(Vec start, Vec direction) {
    double nearest = Double.POSITIVE_INFINITY;
    Solid first = null;
    for (int i = 0; i < solids.size(); i++) {
      double distance = solids.get(i).hit(start, direction);
      if (distance < nearest) {
        nearest = distance;
        first = solids.get(i);
      }
    }
    if (first != null) {
      Vec normal = first.normal(start.plus(direction.times(nearest)));
      return first.color().albedo().times(0.45 + 0.4 * Math.max(0, normal.z()));
    }
    if (direction.z() < 0) {
      Vec point = start.plus(direction.times(-start.z() / direction.z()));
      return scene.ground().times(0.9 * ambient(point, new Vec(0, 0, 1)) + 0.3);
    }
    double height = direction.z();
    return new Vec(0.55, 0.6, 0.68).plus(new Vec(0.5, 0.5, 0.45).times(height));
  }

  /** The lamp's light on a surface, 0 in its shadow. */
  private double lit(Vec start, Vec normal, Vec lamp) {
    Vec way = lamp.minus(start);
    double square = way.dot(way);
    Vec toLamp = way.times(1 / Math.sqrt(square));
    double slope = normal.dot(toLamp);
    if (slope <= 0) {
      return 0;
    }
    for (int i = 0; i < solids.size(); i++) {
      if (solids.get(i).hit(start, toLamp) < Double.POSITIVE_INFINITY) {
        return 0;
      }
    }
    return LAMP * slope * lampDistanceSquared / square;
  }

  /**
   * Light from the sky and the ground. Each solid darkens as a ball of its size would: by the part
   * of the cosine-weighted half space that it fills, (r / d)^2 times the cosine towards it (a solid
   * never darkens itself: its middle lies behind its surface).
   */
  private double ambient(Vec point, Vec normal) {
    double open = 1;
    for (int i = 0; i < solids.size(); i++) {
      Solid solid = solids.get(i);
      double half = solid.halfHeight();
      double x = solid.x() - point.x();
      double y = solid.y() - point.y();
      double z = half - point.z();
      double square = x * x + y * y + z * z;
      double slope = normal.x() * x + normal.y() * y + normal.z() * z;
      if (slope > 0) {
        double cover = half * half * slope / (square * Math.sqrt(square));
        open *= 1 - Math.min(0.9, cover);
      }
    }
    double up = 0.5 + 0.5 * normal.z();
    double nearGround = Math.min(1, 0.4 + point.z());
    return open * (SKY * up + BOUNCE * (1 - up) * nearGround);
  }

  /** A number to the power {@code 2^doublings}. */
  private static double power(double base, int doublings) {
    double result = base;
    for (int i = 0; i < doublings; i++) {
      result *= result;
    }
    return result;
  }
}
