package org.ijepa.dataset;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** PNG files in a folder per label: {@code 7/00042.png} is image 42 with label 7. */
final class LabelFolders implements AutoCloseable {
  private static final int FEWEST_DIGITS = 5;

  private final NewFiles files;
  private final String name;
  private final ImageWriter png = ImageIO.getImageWritersByFormatName("png").next();

  /** For {@code count} images, whose numbers are of one length. */
  LabelFolders(NewFiles files, int count) {
    this.files = files;
    int digits = Math.max(FEWEST_DIGITS, Integer.toString(count - 1).length());
    name = "%0" + digits + "d.png";
  }

  void write(String label, int number, BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // The image stream leaves the other open.
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      png.setOutput(out);
      png.write(image);
    }
    files.write(label + "/" + String.format(Locale.ROOT, name, number), bytes.toByteArray());
  }

  @Override
  public void close() {
    png.dispose();
  }
}
