package org.ijepa.dataset;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** PNG files in a folder per label: {@code ROOT/7/00042.png} is image 42 with label 7. */
final class LabelFolders implements AutoCloseable {
  private static final int FEWEST_DIGITS = 5;

  private final Path root;
  private final String name;
  private final Set<String> made = new HashSet<>();
  private final ImageWriter png = ImageIO.getImageWritersByFormatName("png").next();

  /** Folders below {@code root} for {@code count} images, whose numbers are of one length. */
  LabelFolders(Path root, int count) {
    this.root = root;
    int digits = Math.max(FEWEST_DIGITS, Integer.toString(count - 1).length());
    name = "%0" + digits + "d.png";
  }

  void write(String label, int number, BufferedImage image) throws IOException {
    Path folder = root.resolve(label);
    if (made.add(label)) {
      Files.createDirectories(folder);
    }
    // The image stream leaves the file's stream open.
    try (OutputStream bytes =
            Files.newOutputStream(folder.resolve(String.format(Locale.ROOT, name, number)));
        MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      png.setOutput(out);
      png.write(image);
    }
  }

  @Override
  public void close() {
    png.dispose();
  }
}
