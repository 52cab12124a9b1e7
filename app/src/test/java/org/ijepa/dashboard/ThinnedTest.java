package org.ijepa.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ThinnedTest {
  private static Thinned<Point> losses(int count) {
    Thinned<Point> points = new Thinned<>(8, Point::and);
    IntStream.range(0, count).forEach(step -> points.add(point(step, step)));
    return points;
  }

  private static Point point(int step, double loss) {
    ObjectNode line = JsonNodeFactory.instance.objectNode().put("step", step);
    return Point.of(Double.isNaN(loss) ? line.putNull("loss") : line.put("loss", loss));
  }

  private static List<Double> column(Thinned<Point> points, String name) {
    int column = Point.COLUMNS.indexOf(name);
    return points.items().stream().map(point -> point.value(column)).toList();
  }

  @Test
  void shouldKeepAllOfAFewAndTheAveragesOfMany() {
    assertThat(column(losses(7), "loss")).containsExactly(0., 1., 2., 3., 4., 5., 6.);
    assertThat(column(losses(8), "loss")).containsExactly(0.5, 2.5, 4.5, 6.5);
    assertThat(column(losses(9), "loss")).containsExactly(0.5, 2.5, 4.5, 6.5, 8.0);
    assertThat(column(losses(20), "loss")).containsExactly(1.5, 5.5, 9.5, 13.5, 17.5);
    assertThat(column(losses(20), "step")).containsExactly(3., 7., 11., 15., 19.);
    assertThat(losses(100_000).items()).hasSizeLessThanOrEqualTo(9);
  }

  @Test
  void shouldLeaveOutWhatIsNotFinite() {
    Point merged = point(0, Double.NaN).and(point(1, 4)).and(point(2, Double.NaN));
    assertThat(merged.value(Point.COLUMNS.indexOf("loss"))).isEqualTo(4);
    assertThat(merged.value(Point.COLUMNS.indexOf("ema"))).isNaN();
  }
}
