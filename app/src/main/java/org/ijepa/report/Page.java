package org.ijepa.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/** An HTML page of its own: nothing on it is fetched from elsewhere. */
final class Page {
  private final StringBuilder html = new StringBuilder();

  Page(String title) {
    html.append(
            """
            <!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>
            :root{color-scheme:light dark}
            body{font:15px/1.5 system-ui,sans-serif;max-width:1300px;margin:2em auto;padding:0 1em}
            img{max-width:100%;margin:.3em 0;background:#fff;border-radius:4px}
            .wide{overflow-x:auto}
            table{border-collapse:collapse;font-variant-numeric:tabular-nums}
            td,th{padding:.2em .8em .2em 0;text-align:left;vertical-align:top;border-bottom:1px solid #8884}
            pre,code{font:13px/1.5 ui-monospace,monospace}
            pre{background:#8882;padding:1em;overflow:auto}
            </style>
            """)
        .append("<title>")
        .append(escaped(title))
        .append("</title></head><body>\n");
    html.append("<h1>").append(escaped(title)).append("</h1>\n");
  }

  void section(String title) {
    html.append("<h2>").append(escaped(title)).append("</h2>\n");
  }

  void paragraph(String text) {
    html.append("<p>").append(escaped(text)).append("</p>\n");
  }

  void code(String text) {
    html.append("<pre>").append(escaped(text)).append("</pre>\n");
  }

  /** A table; of more rows than {@code most} the first ones, and how many there are. */
  void table(List<String> heads, List<List<String>> rows, int most) {
    html.append("<div class=\"wide\"><table><tr>");
    heads.forEach(head -> html.append("<th>").append(escaped(head)).append("</th>"));
    html.append("</tr>\n");
    for (List<String> row : rows.subList(0, Math.min(most, rows.size()))) {
      html.append("<tr>");
      row.forEach(cell -> html.append("<td>").append(escaped(cell)).append("</td>"));
      html.append("</tr>\n");
    }
    html.append("</table></div>\n");
    if (rows.size() > most) {
      paragraph("the first " + most + " of " + rows.size());
    }
  }

  void picture(String name, byte[] png) {
    html.append("<img alt=\"")
        .append(escaped(name))
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\">\n");
  }

  /** What stands between the two is shown on demand. */
  void beginFolded(String title) {
    html.append("<details><summary>").append(escaped(title)).append("</summary>\n");
  }

  void endFolded() {
    html.append("</details>\n");
  }

  void write(Path file) throws IOException {
    Files.writeString(file, html + "</body></html>\n", StandardCharsets.UTF_8);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
