package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.ijepa.decode.Luma;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on images of other channels than red, green and blue. */
class ChannelsRunTest {
  private static final String[] GREY = {
    "data.channels=1",
    "data.mean=[0.459]",
    "data.std=[0.226]",
    "data.augment.color-jitter=0.5",
    "data.augment.blur=on"
  };

  @TempDir private Path folder;

  @Test
  void shouldTrainOnTheLumaOfColors() throws Exception {
    Path colors = SmallRun.images(folder.resolve("colors"));
    Path grey = Files.createDirectory(folder.resolve("grey"));
    for (Path file : files(colors)) {
      BufferedImage image = ImageIO.read(file.toFile());
      BufferedImage luma =
          new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
      for (int y = 0; y < image.getHeight(); y++) {
        for (int x = 0; x < image.getWidth(); x++) {
          int rgb = image.getRGB(x, y);
          int level = Luma.of((rgb >> 16) & 0xff, (rgb >> 8) & 0xff, rgb & 0xff);
          luma.getRaster().setSample(x, y, 0, level);
        }
      }
      ImageIO.write(luma, "png", grey.resolve(file.getFileName()).toFile());
    }
    SmallRun.run(SmallRun.settings(colors, GREY), folder.resolve("a"), StepProbe.NONE);
    SmallRun.run(SmallRun.settings(grey, GREY), folder.resolve("b"), StepProbe.NONE);
    List<Double> losses = SmallRun.losses(folder.resolve("a"));
    assertThat(losses).hasSize(12).doesNotHaveDuplicates().allMatch(Double::isFinite);
    assertThat(SmallRun.losses(folder.resolve("b"))).isEqualTo(losses);
    assertThat(SmallRun.tensors(folder.resolve("b")))
        .isEqualTo(SmallRun.tensors(folder.resolve("a")));
  }

  @Test
  void shouldCountImagesOfOtherChannels() throws Exception {
    Path images = SmallRun.images(folder.resolve("images"));
    int number = 0;
    for (Path file : files(images)) {
      if (number++ % 10 != 3) {
        addAlpha(file, number);
      }
    }
    Settings settings =
        SmallRun.settings(
            images,
            "data.channels=4",
            "data.mean=[0.5, 0.5, 0.5, 0.5]",
            "data.std=[0.2, 0.2, 0.2, 0.3]");
    Path out = folder.resolve("out");
    SmallRun.run(settings, out, StepProbe.NONE);
    assertThat(SmallRun.losses(out)).hasSize(12).allMatch(Double::isFinite);
    List<String> skipped = Files.readAllLines(out.resolve("quarantine.jsonl"));
    assertThat(skipped)
        .isNotEmpty()
        .allSatisfy(
            line ->
                assertThat(line).contains("UNSUPPORTED", "PNG has 3 channels, data.channels = 4"));
  }

  private static void addAlpha(Path file, int number) throws IOException {
    BufferedImage image = ImageIO.read(file.toFile());
    BufferedImage withAlpha =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int alpha = (x * y * number) & 0xff;
        withAlpha.setRGB(x, y, (image.getRGB(x, y) & 0xffffff) | (alpha << 24));
      }
    }
    ImageIO.write(withAlpha, "png", file.toFile());
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }
}
