package org.ijepa.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.QuarantineLog;
import org.ijepa.run.QuarantinedSample;
import org.ijepa.run.StepMetrics;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Writes {@code report.html} of a run from the files of its folder. */
public final class RunReport {
  private static final int WIDTH = 620;
  private static final int HEIGHT = 300;
  private static final int MOST_ROWS = 50;

  /** A curve of more points shows no more. */
  private static final int MOST_POINTS = 2000;

  private RunReport() {}

  /**
   * Writes the report.
   *
   * @param run a run folder with metrics
   * @return the page
   * @throws Failure if the folder holds no step
   */
  public static Path write(Path run) throws IOException {
    Path metricsFile = run.resolve("metrics.jsonl");
    List<StepMetrics> metrics =
        Files.exists(metricsFile) ? MetricsLog.read(metricsFile) : List.of();
    if (metrics.isEmpty()) {
      throw new Failure(
          ExitCode.WRONG_USAGE, run + " holds no committed step", "give the folder of a run");
    }
    StringBuilder page = new StringBuilder();
    page.append(
        """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>I-JEPA run</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>body{font:15px/1.5 system-ui,sans-serif;max-width:1300px;margin:2em auto;padding:0 1em}
        img{max-width:100%;margin:.3em} table{border-collapse:collapse} td,th{padding:.2em .8em;text-align:left;
        border-bottom:1px solid #ddd} pre{background:#f5f5f5;padding:1em;overflow:auto}</style>
        """);
    StepMetrics last = metrics.get(metrics.size() - 1);
    page.append("<h1>").append(escaped(run.toString())).append("</h1><p>");
    page.append(
        String.format(
            Locale.ROOT,
            "%d steps, %d images, last loss %.4f, %.0f images/s in the median step, %d skipped steps",
            last.step() + 1,
            last.samples(),
            last.loss(),
            median(metrics),
            metrics.stream().filter(StepMetrics::skipped).count()));
    page.append("</p>");
    chart(page, "loss", metrics, StepMetrics::loss);
    chart(page, "gradient norm", metrics, StepMetrics::gradNorm);
    chart(page, "learning rate", metrics, StepMetrics::learningRate);
    chart(page, "weight decay", metrics, StepMetrics::weightDecay);
    chart(page, "EMA momentum", metrics, StepMetrics::ema);
    chart(page, "images per second", metrics, StepMetrics::imagesPerSecond);
    chart(page, "input wait, seconds", metrics, StepMetrics::inputWaitSeconds);
    chart(page, "generation", metrics, StepMetrics::generation);
    quarantine(page, run.resolve("quarantine.jsonl"));
    configuration(page, run.resolve("resolved.conf"));
    Path file = run.resolve("report.html");
    Files.writeString(file, page, StandardCharsets.UTF_8);
    return file;
  }

  private static double median(List<StepMetrics> metrics) {
    double[] rates = metrics.stream().mapToDouble(StepMetrics::imagesPerSecond).sorted().toArray();
    return rates[rates.length / 2];
  }

  private static void chart(
      StringBuilder page,
      String name,
      List<StepMetrics> metrics,
      ToDoubleFunction<StepMetrics> value)
      throws IOException {
    int stride = Math.max(1, metrics.size() / MOST_POINTS);
    List<StepMetrics> shown =
        metrics.stream()
            .filter(each -> each.step() % stride == 0)
            .filter(each -> Double.isFinite(value.applyAsDouble(each)))
            .toList();
    if (shown.isEmpty()) {
      return;
    }
    XYChart chart =
        new XYChartBuilder().width(WIDTH).height(HEIGHT).title(name).xAxisTitle("step").build();
    chart.getStyler().setLegendVisible(false).setLegendPosition(LegendPosition.InsideNE);
    chart
        .addSeries(
            name,
            shown.stream().mapToDouble(StepMetrics::step).toArray(),
            shown.stream().mapToDouble(value).toArray())
        .setMarker(SeriesMarkers.NONE);
    byte[] png = BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
    page.append("<img alt=\"")
        .append(name)
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\">");
  }

  private static void quarantine(StringBuilder page, Path file) throws IOException {
    List<QuarantinedSample> samples = Files.exists(file) ? QuarantineLog.read(file) : List.of();
    page.append("<h2>Samples that could not be used</h2>");
    if (samples.isEmpty()) {
      page.append("<p>none</p>");
      return;
    }
    page.append("<p>").append(samples.size()).append(" uses");
    page.append(samples.size() > MOST_ROWS ? ", the first of them:" : ":").append("</p><table>");
    page.append("<tr><th>step<th>sample<th>cause<th>stood in</tr>");
    for (QuarantinedSample sample : samples.subList(0, Math.min(MOST_ROWS, samples.size()))) {
      page.append("<tr><td>")
          .append(sample.step())
          .append("<td>")
          .append(escaped(sample.sample()))
          .append("<td>")
          .append(escaped(sample.cause()))
          .append("<td>")
          .append(escaped(sample.substitute()))
          .append("</tr>");
    }
    page.append("</table>");
  }

  private static void configuration(StringBuilder page, Path file) throws IOException {
    if (Files.exists(file)) {
      page.append("<h2>Configuration</h2><pre>")
          .append(escaped(Files.readString(file)))
          .append("</pre>");
    }
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
