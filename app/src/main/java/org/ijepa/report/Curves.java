package org.ijepa.report;

import java.awt.Color;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A chart of numbers by step, with a line for each series; lines without a number are left out. */
final class Curves {
  private static final int WIDTH = 620;
  private static final int HEIGHT = 300;

  /** A curve of more points shows no more. */
  private static final int MOST_POINTS = 2000;

  private final String title;
  private final XYChart chart;

  Curves(String title) {
    this.title = title;
    chart =
        new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle("step").build();
    chart
        .getStyler()
        .setLegendPosition(LegendPosition.InsideNE)
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false);
    chart
        .getStyler()
        .setXAxisTickMarkSpacingHint(90)
        .setYAxisTickMarkSpacingHint(50)
        .setyAxisTickLabelsFormattingFunction(Curves::label);
  }

  /** A number on an axis, as short as it can be said. */
  static String label(double value) {
    BigDecimal rounded = BigDecimal.valueOf(value).round(new MathContext(5)).stripTrailingZeros();
    double size = Math.abs(value);
    boolean plain = size == 0 || (size >= 1e-4 && size < 1e6);
    return plain ? rounded.toPlainString() : String.format(Locale.ROOT, "%.3g", value);
  }

  /** Adds a line of the numbers that are finite, thinned where there are too many. */
  <T> Curves line(String name, List<T> items, ToDoubleFunction<T> step, ToDoubleFunction<T> value) {
    int stride = Math.max(1, items.size() / MOST_POINTS);
    List<T> shown =
        IntStream.range(0, items.size())
            .filter(i -> i % stride == 0 || i == items.size() - 1)
            .mapToObj(items::get)
            .filter(item -> Double.isFinite(value.applyAsDouble(item)))
            .toList();
    if (!shown.isEmpty()) {
      chart
          .addSeries(
              name,
              shown.stream().mapToDouble(step).toArray(),
              shown.stream().mapToDouble(value).toArray())
          .setMarker(shown.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
    return this;
  }

  /** A line for each run. */
  static <T> Curves ofRuns(
      String title,
      Map<String, ReportedRun> runs,
      Function<ReportedRun, List<T>> items,
      ToDoubleFunction<T> step,
      ToDoubleFunction<T> value) {
    Curves curves = new Curves(title);
    runs.forEach((name, run) -> curves.line(name, items.apply(run), step, value));
    return curves;
  }

  void addTo(Page page) throws IOException {
    if (!chart.getSeriesMap().isEmpty()) {
      chart.getStyler().setLegendVisible(chart.getSeriesMap().size() > 1);
      page.picture(title, BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG));
    }
  }
}
