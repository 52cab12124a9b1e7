package org.ijepa.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The page: one document with its style and script in it. */
final class DashboardPage {
  private DashboardPage() {}

  static String html() {
    return resource("dashboard.html")
        .replace("/*STYLE*/", resource("dashboard.css"))
        .replace("/*SCRIPT*/", resource("chart.js") + resource("dashboard.js"));
  }

  private static String resource(String name) {
    try (InputStream in = DashboardPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not beside " + DashboardPage.class);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
