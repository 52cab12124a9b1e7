package org.ijepa.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class SceneRendererTest {
  private static final int SIZE = 64;
  private static final Vec GROUND = new Vec(0.4, 0.4, 0.4);
  private static final Vec LIGHT = new Vec(5, -3, 8);
  private static final Camera CAMERA =
      Camera.lookingAt(new Vec(0, -9, 5), new Vec(0, 0, 0.3), 0.35);

  @Test
  void shouldRenderTheRecordedPixels() {
    CRC32 sum = new CRC32();
    for (int i = 0; i < 12; i++) {
      Scene scene = SceneLayout.draw(RandomKey.of(1, "scene").with(i), 1, 10);
      sum.update(new SceneRenderer(scene, SIZE, 2).render());
    }
    // Of this renderer itself: data sets made from a seed stay the same on every machine and JDK.
    assertThat(sum.getValue()).isEqualTo(464690682L);
  }

  @Test
  void shouldShowASolidsColor() {
    byte[] rgb = render(List.of(ball(SolidColor.RED, SolidMaterial.MATTE, 0, 0)), 1);
    Vec centre = ball(SolidColor.RED, SolidMaterial.MATTE, 0, 0).centre();
    assertThat(channel(rgb, centre, 0)).isGreaterThan(3 * channel(rgb, centre, 1));
  }

  @Test
  void shouldHideWhatLiesBehind() {
    Solid front = ball(SolidColor.GREEN, SolidMaterial.MATTE, 0, -1);
    Solid back = ball(SolidColor.RED, SolidMaterial.MATTE, 0, 1.2);
    byte[] rgb = render(List.of(back, front), 1);
    Vec centre = front.centre();
    assertThat(channel(rgb, centre, 1)).isGreaterThan(2 * channel(rgb, centre, 0));
  }

  @Test
  void shouldCastAShadowAwayFromTheLamp() {
    byte[] rgb = render(List.of(ball(SolidColor.BLUE, SolidMaterial.MATTE, 0, 0)), 2);
    Vec away = new Vec(-1.1, 0.66, 0);
    Vec open = new Vec(1.6, 0.66, 0);
    assertThat(channel(rgb, away, 0)).isLessThan(channel(rgb, open, 0) * 7 / 10);
  }

  @Test
  void shouldGiveShinySolidsABrighterHighlight() {
    byte[] matte = render(List.of(ball(SolidColor.BLUE, SolidMaterial.MATTE, 0, 0)), 3);
    byte[] shiny = render(List.of(ball(SolidColor.BLUE, SolidMaterial.SHINY, 0, 0)), 3);
    assertThat(mostRed(shiny)).isGreaterThan(mostRed(matte) + 60);
  }

  @Test
  void shouldAverageTheRaysOfAPixel() {
    // At the outline some pixels lie between the colour of the solid and that of the ground.
    List<Solid> ball = List.of(ball(SolidColor.RED, SolidMaterial.MATTE, 0, 0));
    assertThat(distinctColors(render(ball, 4))).isGreaterThan(distinctColors(render(ball, 1)));
  }

  private static Solid ball(SolidColor color, SolidMaterial material, double x, double y) {
    return new Solid(SolidShape.SPHERE, color, material, x, y, 0.8, 1, 0);
  }

  private static byte[] render(List<Solid> solids, int samples) {
    return new SceneRenderer(new Scene(CAMERA, LIGHT, GROUND, solids), SIZE, samples).render();
  }

  private static int channel(byte[] rgb, Vec point, int channel) {
    int column = (int) ((CAMERA.u(point) + 1) / 2 * SIZE);
    int row = (int) ((1 - CAMERA.v(point)) / 2 * SIZE);
    return rgb[3 * (row * SIZE + column) + channel] & 0xFF;
  }

  /** The most red within the ball, its outline left out. */
  private static int mostRed(byte[] rgb) {
    int most = 0;
    for (double angle = 0; angle < 1; angle += 0.01) {
      for (double part = 0; part < 0.75; part += 0.05) {
        Vec centre = ball(SolidColor.BLUE, SolidMaterial.MATTE, 0, 0).centre();
        Vec aside = CAMERA.right().times(Math.cos(2 * Math.PI * angle));
        Vec above = CAMERA.up().times(Math.sin(2 * Math.PI * angle));
        Vec point = centre.plus(aside.plus(above).times(part * 0.8));
        most = Math.max(most, channel(rgb, point, 0));
      }
    }
    return most;
  }

  private static long distinctColors(byte[] rgb) {
    return IntStream.range(0, SIZE * SIZE)
        .map(
            i -> (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | (rgb[3 * i + 2] & 0xFF))
        .distinct()
        .count();
  }
}
