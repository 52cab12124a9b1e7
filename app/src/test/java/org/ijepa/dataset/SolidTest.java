package org.ijepa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

final class SolidTest {
  private static final double STEP = 1e-3;
  private static final double FAR = 8;

  @Property(tries = 300)
  void shouldBeHitWhereARayFirstComesInside(
      @ForAll SolidShape shape,
      @ForAll @DoubleRange(min = 0.3, max = 1) double radius,
      @ForAll @DoubleRange(min = 0, max = 1.57) double turn,
      @ForAll @DoubleRange(min = 0, max = 6.28) double side,
      @ForAll @DoubleRange(min = 0, max = 3) double height,
      @ForAll @DoubleRange(min = -0.9, max = 0.9) double aside) {
    Solid solid = solid(shape, radius, turn);
    Vec origin = new Vec(0.5 + 3 * Math.cos(side), -0.25 + 3 * Math.sin(side), height);
    Vec target = solid.centre().plus(new Vec(aside * radius, -aside * radius, aside * radius));
    Vec direction = target.minus(origin).unit();
    double hit = solid.hit(origin, direction);
    double walked = walk(solid, turn, origin, direction);
    if (walked < FAR) {
      assertThat(hit).isBetween(walked - STEP - 1e-9, walked + 1e-9);
    } else {
      // The walk may step over the thin piece that a ray cuts off an edge.
      assertThat(hit == Double.POSITIVE_INFINITY || cut(solid, turn, origin, direction, hit))
          .isTrue();
    }
  }

  @Property(tries = 300)
  void shouldHaveANormalThatLeadsOut(
      @ForAll SolidShape shape,
      @ForAll @DoubleRange(min = 0.3, max = 1) double radius,
      @ForAll @DoubleRange(min = 0, max = 1.57) double turn,
      @ForAll @DoubleRange(min = 0, max = 6.28) double side,
      @ForAll @DoubleRange(min = 0, max = 3) double height) {
    Solid solid = solid(shape, radius, turn);
    Vec origin = new Vec(0.5 + 3 * Math.cos(side), -0.25 + 3 * Math.sin(side), height);
    Vec direction = solid.centre().minus(origin).unit();
    Vec point = origin.plus(direction.times(solid.hit(origin, direction)));
    Vec normal = solid.normal(point);
    assertThat(normal.length()).isCloseTo(1, within(1e-9));
    assertThat(normal.dot(direction)).isNegative();
    assertThat(inside(solid, turn, point.plus(normal.times(1e-6)))).isFalse();
    assertThat(inside(solid, turn, point.minus(normal.times(1e-6)))).isTrue();
  }

  private static Solid solid(SolidShape shape, double radius, double turn) {
    return new Solid(
        shape,
        SolidColor.RED,
        SolidMaterial.MATTE,
        0.5,
        -0.25,
        radius,
        Math.cos(turn),
        Math.sin(turn));
  }

  /** The oracle: small steps until a point is inside. */
  private static double walk(Solid solid, double turn, Vec origin, Vec direction) {
    double distance = 0;
    while (distance < FAR && !inside(solid, turn, origin.plus(direction.times(distance)))) {
      distance += STEP;
    }
    return distance;
  }

  private static boolean cut(Solid solid, double turn, Vec origin, Vec direction, double hit) {
    double next = hit;
    while (next < hit + STEP && !inside(solid, turn, origin.plus(direction.times(next)))) {
      next += STEP / 1000;
    }
    return next < hit + STEP && !inside(solid, turn, origin.plus(direction.times(hit + STEP)));
  }

  private static boolean inside(Solid solid, double turn, Vec point) {
    double r = solid.radius();
    double x = point.x() - 0.5;
    double y = point.y() + 0.25;
    double across = Math.hypot(x, y);
    double angle = Math.atan2(y, x) - turn;
    double half = r / Math.sqrt(2);
    return switch (solid.shape()) {
      case SPHERE -> Math.hypot(across, point.z() - r) <= r;
      case BOX ->
          Math.abs(across * Math.cos(angle)) <= half
              && Math.abs(across * Math.sin(angle)) <= half
              && Math.abs(point.z() - half) <= half;
      case CYLINDER -> across <= r && Math.abs(point.z() - r) <= r;
    };
  }
}
