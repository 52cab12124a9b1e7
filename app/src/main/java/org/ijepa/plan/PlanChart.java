package org.ijepa.plan;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Throughput and time of a run over the number of trainers. */
public final class PlanChart {
  private static final int WIDTH = 620;
  private static final int HEIGHT = 420;
  private static final double HOUR = 3600;

  private PlanChart() {}

  /** Writes both curves side by side as a PNG file. */
  public static void write(List<Plan> plans, String machine, int runs, Path file)
      throws IOException {
    double[] devices = plans.stream().mapToDouble(Plan::devices).toArray();
    double[] rates = plans.stream().mapToDouble(Plan::imagesPerSecond).toArray();
    double[] ideal = new double[devices.length];
    double[] hours = new double[devices.length];
    for (int i = 0; i < devices.length; i++) {
      ideal[i] = rates[0] * devices[i] / devices[0];
      hours[i] = plans.get(i).duration(runs).mean() / HOUR;
    }
    XYChart throughput = chart("images/s on " + machine, "images/s", LegendPosition.InsideNW);
    throughput.addSeries("simulated", devices, rates).setMarker(SeriesMarkers.CIRCLE);
    throughput.addSeries("in proportion", devices, ideal).setMarker(SeriesMarkers.NONE);
    XYChart time = chart("hours of the whole run", "hours", LegendPosition.InsideNE);
    time.addSeries("simulated, with failures", devices, hours).setMarker(SeriesMarkers.CIRCLE);
    BitmapEncoder.saveBitmap(List.of(throughput, time), 1, 2, file.toString(), BitmapFormat.PNG);
    if (!Files.exists(file)) {
      // The encoder has its own idea of the name's end.
      Files.move(Path.of(file + ".png"), file);
    }
  }

  /** A chart whose legend stands where its curves do not go. */
  private static XYChart chart(String title, String axis, LegendPosition legend) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("trainers")
            .yAxisTitle(axis)
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(legend);
    return chart;
  }
}
