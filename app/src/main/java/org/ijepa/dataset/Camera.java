package org.ijepa.dataset;

/**
 * A pinhole camera with a square picture. Picture coordinates run from -1 to 1, u to the right and
 * v up.
 *
 * @param eye where it stands, scene units
 * @param forward the optical axis, of length 1
 * @param right of length 1
 * @param up of length 1
 * @param halfWidth half of the picture's width at distance 1 (the tangent of half the angle of
 *     view)
 */
record Camera(Vec eye, Vec forward, Vec right, Vec up, double halfWidth) {

  /** A camera without roll that looks from one point at another. */
  static Camera lookingAt(Vec eye, Vec target, double halfWidth) {
    Vec forward = target.minus(eye).unit();
    Vec right = forward.cross(new Vec(0, 0, 1)).unit();
    return new Camera(eye, forward, right, right.cross(forward), halfWidth);
  }

  /** The direction, of length 1, of the ray through a point of the picture. */
  Vec ray(double u, double v) {
    return forward.plus(right.times(u * halfWidth)).plus(up.times(v * halfWidth)).unit();
  }

  /** How far a point lies in front of the eye along the optical axis, scene units. */
  double depth(Vec point) {
    return point.minus(eye).dot(forward);
  }

  /** The picture coordinate u of a point. */
  double u(Vec point) {
    Vec seen = point.minus(eye);
    return seen.dot(right) / (seen.dot(forward) * halfWidth);
  }

  /** The picture coordinate v of a point. */
  double v(Vec point) {
    Vec seen = point.minus(eye);
    return seen.dot(up) / (seen.dot(forward) * halfWidth);
  }

  /**
   * The circle in the picture about a sphere's centre that surely holds the sphere's image (which
   * is an ellipse, so the circle is a little wide).
   */
  Disc disc(Vec centre, double radius) {
    double u = u(centre);
    double v = v(centre);
    double slant = Math.sqrt(1 + (u * u + v * v) * halfWidth * halfWidth);
    return new Disc(u, v, radius * slant / ((depth(centre) - radius) * halfWidth));
  }

  /** A circle in the picture. */
  record Disc(double u, double v, double radius) {

    boolean holds(double pointU, double pointV, double margin) {
      double du = pointU - u;
      double dv = pointV - v;
      double reach = radius + margin;
      return du * du + dv * dv <= reach * reach;
    }

    boolean meets(Disc other) {
      return holds(other.u, other.v, other.radius);
    }
  }
}
