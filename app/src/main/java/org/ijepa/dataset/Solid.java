package org.ijepa.dataset;

/**
 * A solid on the ground (the plane z = 0). It fills, seen from above, at most a circle of its
 * radius: a sphere and a cylinder (as high as wide) have this radius, a box is the cube whose
 * base's corners lie on the circle.
 *
 * @param x centre, scene units
 * @param y centre, scene units
 * @param radius scene units
 * @param cosine of the turn about the vertical axis
 * @param sine of the turn about the vertical axis
 */
record Solid(
    SolidShape shape,
    SolidColor color,
    SolidMaterial material,
    double x,
    double y,
    double radius,
    double cosine,
    double sine) {
  /** Distances below this are the surface that the ray starts from. */
  private static final double NEAR = 1e-6;

  private static final double HALF_SQUARE = Math.sqrt(0.5);
  private static final double BOX_CORNER = Math.sqrt(1.5);
  private static final double CYLINDER_EDGE = Math.sqrt(2);

  /** The point in its middle, scene units. */
  Vec centre() {
    return new Vec(x, y, halfHeight());
  }

  /** Half of its height, which is also the height of its centre. */
  double halfHeight() {
    return shape == SolidShape.BOX ? radius * HALF_SQUARE : radius;
  }

  /** The radius of the smallest sphere about its centre that holds it. */
  double boundingRadius() {
    return switch (shape) {
      case SPHERE -> radius;
      case BOX -> radius * BOX_CORNER;
      case CYLINDER -> radius * CYLINDER_EDGE;
    };
  }

  /**
   * How far along a ray from outside the surface is met first.
   *
   * @param direction of length 1
   * @return the distance, or infinity if the ray misses
   */
  double hit(Vec origin, Vec direction) {
    double dx = direction.x();
    double dy = direction.y();
    double dz = direction.z();
    double ox = origin.x() - x;
    double oy = origin.y() - y;
    double oz = origin.z() - halfHeight();
    double along = ox * dx + oy * dy + oz * dz;
    double bound = boundingRadius();
    double outside = ox * ox + oy * oy + oz * oz - bound * bound;
    double discriminant = along * along - outside;
    if (discriminant < 0 || (along > 0 && outside > 0)) {
      return Double.POSITIVE_INFINITY;
    }
    return switch (shape) {
      case SPHERE -> outsideHit(-along - Math.sqrt(discriminant));
      case BOX -> hitBox(ox, oy, oz, dx, dy, dz);
      case CYLINDER -> hitCylinder(ox, oy, oz, dx, dy, dz);
    };
  }

  private static double outsideHit(double distance) {
    return distance > NEAR ? distance : Double.POSITIVE_INFINITY;
  }

  private double hitBox(double ox, double oy, double oz, double dx, double dy, double dz) {
    double half = halfHeight();
    double localOx = cosine * ox + sine * oy;
    double localOy = cosine * oy - sine * ox;
    double localDx = cosine * dx + sine * dy;
    double localDy = cosine * dy - sine * dx;
    double enter = Math.max(enter(localOx, localDx, half), enter(localOy, localDy, half));
    double leave = Math.min(leave(localOx, localDx, half), leave(localOy, localDy, half));
    enter = Math.max(enter, enter(oz, dz, half));
    leave = Math.min(leave, leave(oz, dz, half));
    return enter <= leave ? outsideHit(enter) : Double.POSITIVE_INFINITY;
  }

  /** Where a ray enters the slab |coordinate| <= half. */
  private static double enter(double origin, double direction, double half) {
    if (direction == 0) {
      return Math.abs(origin) <= half ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    return (-Math.copySign(half, direction) - origin) / direction;
  }

  /** Where a ray leaves the slab |coordinate| <= half. */
  private static double leave(double origin, double direction, double half) {
    if (direction == 0) {
      return Math.abs(origin) <= half ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }
    return (Math.copySign(half, direction) - origin) / direction;
  }

  private double hitCylinder(double ox, double oy, double oz, double dx, double dy, double dz) {
    double a = dx * dx + dy * dy;
    double c = ox * ox + oy * oy - radius * radius;
    double enter = enter(oz, dz, halfHeight());
    double leave = leave(oz, dz, halfHeight());
    if (a == 0) {
      return c <= 0 ? outsideHit(enter) : Double.POSITIVE_INFINITY;
    }
    double b = ox * dx + oy * dy;
    double discriminant = b * b - a * c;
    if (discriminant < 0) {
      return Double.POSITIVE_INFINITY;
    }
    double root = Math.sqrt(discriminant);
    enter = Math.max(enter, (-b - root) / a);
    leave = Math.min(leave, (-b + root) / a);
    return enter <= leave ? outsideHit(enter) : Double.POSITIVE_INFINITY;
  }

  /** The direction of length 1 that leads out of the solid at a point of its surface. */
  Vec normal(Vec point) {
    Vec local = point.minus(centre());
    return switch (shape) {
      case SPHERE -> local.times(1 / radius);
      case BOX -> boxNormal(local);
      case CYLINDER -> cylinderNormal(local);
    };
  }

  private Vec boxNormal(Vec local) {
    double u = cosine * local.x() + sine * local.y();
    double v = cosine * local.y() - sine * local.x();
    double w = local.z();
    if (Math.abs(w) >= Math.max(Math.abs(u), Math.abs(v))) {
      return new Vec(0, 0, Math.signum(w));
    }
    if (Math.abs(u) >= Math.abs(v)) {
      return new Vec(cosine, sine, 0).times(Math.signum(u));
    }
    return new Vec(-sine, cosine, 0).times(Math.signum(v));
  }

  private Vec cylinderNormal(Vec local) {
    double across = Math.sqrt(local.x() * local.x() + local.y() * local.y());
    if (Math.abs(local.z()) >= across) {
      return new Vec(0, 0, Math.signum(local.z()));
    }
    return new Vec(local.x() / across, local.y() / across, 0);
  }
}
