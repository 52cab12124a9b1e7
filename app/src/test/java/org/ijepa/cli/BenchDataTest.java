package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchDataTest {
  private static final Pattern ROW = Pattern.compile("(?m)^(.*\\S) +1 +(\\d+)");

  @TempDir Path folder;

  @Test
  void shouldMeasureEachPlace() throws Exception {
    for (int i = 0; i < 3; i++) {
      BufferedImage image = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
      image.setRGB(i, i, Color.RED.getRGB());
      ImageIO.write(image, "jpg", folder.resolve(i + ".jpg").toFile());
    }
    Path broken = Files.writeString(folder.resolve("broken.jpg"), "no image");
    Path json = folder.resolve("result.json");
    Outcome outcome =
        run(
            "bench",
            "data",
            "--data",
            folder.toString(),
            "--images",
            "32",
            "--rounds",
            "1",
            "--warm-up",
            "32",
            "--threads",
            "1",
            "--size",
            "16",
            "--json",
            json.toString());
    assertThat(outcome.err()).contains(broken + " is skipped").hasLineCount(1);
    assertThat(outcome.code()).isZero();
    List<String> rows =
        ROW.matcher(outcome.out()).results().map(found -> found.group(1).strip()).toList();
    assertThat(rows)
        .contains(
            "folder to batch",
            "shards in a folder to batch",
            "S3 to batch",
            "S3, cached to batch",
            "shards in S3 to batch",
            "shards in S3, each image by itself to batch",
            "shards in S3, cached to batch")
        .anyMatch(name -> name.startsWith("decode, crop, resize, opencv"));
    JsonNode result = new ObjectMapper().readTree(json.toFile());
    assertThat(result.get("rows").findValuesAsText("name")).containsAll(rows);
    assertThat(result.get("rows").findValues("ours"))
        .allMatch(rate -> rate.asDouble() > 0)
        .hasSameSizeAs(rows);
    assertThat(result.get("rows").findValues("processor_ms_an_image"))
        .hasSameSizeAs(rows)
        // Some rows are over before the system's clock of processor time ticks.
        .allMatch(millis -> millis.asDouble() >= 0)
        .anyMatch(millis -> millis.asDouble() > 0);
    Matcher rates = ROW.matcher(outcome.out());
    while (rates.find()) {
      assertThat(Integer.parseInt(rates.group(2))).as(rates.group(1)).isPositive();
    }
  }

  @Test
  void shouldRefuseAFolderOfBrokenImages() throws Exception {
    Files.writeString(folder.resolve("broken.jpg"), "no image");
    Outcome outcome = run("bench", "data", "--data", folder.toString());
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("none of the 1 images in").hasLineCount(2);
  }

  @Test
  void shouldAskForImages() throws Exception {
    Files.writeString(folder.resolve("notes.txt"), "no image");
    Outcome outcome = run("bench", "data", "--data", folder.toString());
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("holds no image whose name ends in").hasLineCount(1);
    assertThat(run("bench", "data", "--data", folder.toString(), "--images", "3").err())
        .contains("--images must be at least 32");
  }
}
