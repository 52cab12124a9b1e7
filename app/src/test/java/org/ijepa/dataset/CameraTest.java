package org.ijepa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

final class CameraTest {
  private static final Camera CAMERA =
      Camera.lookingAt(new Vec(1, -9, 5), new Vec(0, 0.2, 0.3), 0.35);

  @Property(tries = 200)
  void shouldFindAPointWhereItsRayLeft(
      @ForAll @DoubleRange(min = -1, max = 1) double u,
      @ForAll @DoubleRange(min = -1, max = 1) double v,
      @ForAll @DoubleRange(min = 1, max = 20) double distance) {
    Vec point = CAMERA.eye().plus(CAMERA.ray(u, v).times(distance));
    assertThat(CAMERA.u(point)).isCloseTo(u, within(1e-9));
    assertThat(CAMERA.v(point)).isCloseTo(v, within(1e-9));
  }

  @Test
  void shouldMeasureDepthAlongTheAxis() {
    Vec point = CAMERA.eye().plus(CAMERA.forward().times(7)).plus(CAMERA.right().times(3));
    assertThat(CAMERA.depth(point)).isCloseTo(7, within(1e-12));
  }

  @Test
  void shouldShowHigherPointsHigherAndWorldsRightAtTheRight() {
    Vec ground = new Vec(0, 0, 0);
    assertThat(CAMERA.v(new Vec(0, 0, 1))).isGreaterThan(CAMERA.v(ground));
    assertThat(CAMERA.u(new Vec(1, 0, 0))).isGreaterThan(CAMERA.u(ground));
  }

  @Property(tries = 300)
  void shouldHoldEveryPointOfASphereInItsDisc(
      @ForAll @DoubleRange(min = -3.4, max = 3.4) double x,
      @ForAll @DoubleRange(min = -3.4, max = 4.6) double y,
      @ForAll @DoubleRange(min = 0.3, max = 1.3) double radius,
      @ForAll @DoubleRange(min = 0, max = 6.28) double longitude,
      @ForAll @DoubleRange(min = -1, max = 1) double height) {
    Vec centre = new Vec(x, y, radius);
    double level = Math.sqrt(1 - height * height);
    Vec surface =
        new Vec(level * Math.cos(longitude), level * Math.sin(longitude), height).times(radius);
    Vec point = centre.plus(surface);
    assertThat(CAMERA.disc(centre, radius).holds(CAMERA.u(point), CAMERA.v(point), 1e-12)).isTrue();
  }
}
