package org.ijepa.report;

import java.awt.Color;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.ijepa.picture.Fonts;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A chart of numbers by step, with a line for each series; lines without a number are left out. */
final class Curves {
  private static final int WIDTH = 620;
  private static final int HEIGHT = 300;

  /** A curve of more points shows no more. */
  private static final int MOST_POINTS = 2000;

  /** Of an axis' length: unseen. */
  private static final double UNSEEN = 1e-6;

  private final String title;
  private final XYChart chart;

  Curves(String title) {
    this(title, Curves::label);
  }

  /** As above, with numbers on the axes as {@code labels} says them. */
  Curves(String title, Function<Double, String> labels) {
    Fonts.require();
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
        .setxAxisTickLabelsFormattingFunction(labels)
        .setyAxisTickLabelsFormattingFunction(labels);
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
      page.picture(title, png());
    }
  }

  /** The chart of one line or more as a picture. */
  byte[] png() throws IOException {
    chart.getStyler().setLegendVisible(chart.getSeriesMap().size() > 1);
    beUneven();
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
  }

  /**
   * Adds two points at opposite corners that nobody sees. XChart 3.8.8 puts a label at each value
   * where they are evenly spaced, however many there are, and calls so what differs by less than
   * 0.0001, as all learning rates do.
   */
  private void beUneven() {
    DoubleSummaryStatistics x = range(XYSeries::getXData);
    DoubleSummaryStatistics y = range(XYSeries::getYData);
    double dx = UNSEEN * (x.getMax() - x.getMin());
    double dy = UNSEEN * (y.getMax() - y.getMin());
    XYSeries corners =
        chart.addSeries(
            " ",
            new double[] {x.getMin() + dx, x.getMax() - dx},
            new double[] {y.getMin() + dy, y.getMax() - dy});
    corners.setMarker(SeriesMarkers.NONE);
    corners.setLineStyle(SeriesLines.NONE);
    corners.setShowInLegend(false);
  }

  private DoubleSummaryStatistics range(Function<XYSeries, double[]> values) {
    return chart.getSeriesMap().values().stream()
        .flatMapToDouble(series -> Arrays.stream(values.apply(series)))
        .summaryStatistics();
  }
}
