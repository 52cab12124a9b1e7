package org.ijepa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdxDatasetTest {
  private static final int IMAGES = 0x803;
  private static final int LABELS = 0x801;
  private static final int ROWS = 3;
  private static final int COLUMNS = 4;

  @TempDir private Path folder;

  @Test
  void shouldWriteEachImageIntoItsLabelsFolder() throws IOException {
    Path images = file("images", images(3));
    Path labels = file("labels", idx(LABELS, new int[] {3}, new byte[] {7, 0, 7}));
    int written = IdxDataset.write(images, labels, NewFiles.in(out()), (done, of) -> {});
    assertThat(written).isEqualTo(3);
    assertThat(files(out())).containsExactly("0/00001.png", "7/00000.png", "7/00002.png");
  }

  @Test
  void shouldKeepEveryGreyValue() throws IOException {
    byte[] pixels = pixels(2);
    pixels[COLUMNS + 2] = (byte) 200;
    Path images = file("images", idx(IMAGES, new int[] {2, ROWS, COLUMNS}, pixels));
    Path labels = file("labels", idx(LABELS, new int[] {2}, new byte[] {1, (byte) 255}));
    IdxDataset.write(images, labels, NewFiles.in(out()), (done, of) -> {});
    assertThat(grey(out().resolve("1/00000.png"))).isEqualTo(Arrays.copyOf(pixels, 12));
    assertThat(grey(out().resolve("255/00001.png"))).isEqualTo(Arrays.copyOfRange(pixels, 12, 24));
  }

  @Test
  void shouldReadGzippedFilesWhateverTheirName() throws IOException {
    Path images = file("images.idx", gzip(images(2)));
    Path labels = file("labels.gz", gzip(labels(2)));
    IdxDataset.write(images, labels, NewFiles.in(out()), (done, of) -> {});
    assertThat(grey(out().resolve("1/00001.png"))).isEqualTo(Arrays.copyOfRange(pixels(2), 12, 24));
  }

  @Test
  void shouldReportEveryImage() throws IOException {
    List<Integer> reports = new ArrayList<>();
    IdxDataset.write(
        file("i", images(3)),
        file("l", labels(3)),
        NewFiles.in(out()),
        (done, of) -> reports.add(done));
    assertThat(reports).containsExactly(1, 2, 3);
  }

  @Test
  void shouldRefuseWrongMagic() throws IOException {
    Path floats = file("floats", idx(0xD03, new int[] {1, 1, 3}, new byte[12]));
    Failure failure = failure(floats, file("l", labels(1)));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(failure).hasMessageContaining(floats.toString()).hasMessageContaining("0x00000d03");
  }

  @Test
  void shouldRefuseSwappedFiles() throws IOException {
    Failure failure = failure(file("labels", labels(2)), file("images", images(2)));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(failure.hint()).contains("images' file first");
  }

  @Test
  void shouldRefuseDifferentCounts() throws IOException {
    Failure failure = failure(file("images", images(2)), file("labels", labels(3)));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(failure).hasMessageContaining("2 images").hasMessageContaining("3 labels");
  }

  @Test
  void shouldRefuseEveryTruncationAndWriteNothing() throws IOException {
    Path labels = file("labels", labels(2));
    byte[] whole = images(2);
    for (int length = 0; length < whole.length; length++) {
      Failure failure = failure(file("images", Arrays.copyOf(whole, length)), labels);
      assertThat(failure.exitCode()).as("%d bytes", length).isEqualTo(ExitCode.BAD_DATA);
      assertThat(out()).doesNotExist();
    }
  }

  @Test
  void shouldRefuseEveryTruncationOfGzippedFiles() throws IOException {
    Path labels = file("labels", labels(2));
    byte[] whole = gzip(images(2));
    for (int length = 0; length < whole.length; length++) {
      Failure failure = failure(file("images.gz", Arrays.copyOf(whole, length)), labels);
      assertThat(failure.exitCode()).as("%d bytes", length).isEqualTo(ExitCode.BAD_DATA);
    }
  }

  @Test
  void shouldRefuseTruncatedLabels() throws IOException {
    byte[] promise = idx(LABELS, new int[] {Integer.MAX_VALUE}, new byte[5]);
    Failure failure = failure(file("images", images(2)), file("labels", promise));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.BAD_DATA);
  }

  @Test
  void shouldRefuseTrailingBytes() throws IOException {
    byte[] whole = images(2);
    Path longer = file("images", Arrays.copyOf(whole, whole.length + 1));
    Failure failure = failure(longer, file("labels", labels(2)));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(failure).hasMessageContaining("goes on");
  }

  @Test
  void shouldRefuseAMissingFile() throws IOException {
    Failure failure = failure(folder.resolve("nowhere"), file("labels", labels(2)));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(failure).hasMessageContaining("nowhere");
  }

  @Test
  void shouldRefuseAFolderWithFiles() throws IOException {
    Files.createDirectories(out());
    Files.createFile(out().resolve("old.png"));
    Failure failure = failure(file("images", images(2)), file("labels", labels(2)));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(files(out())).containsExactly("old.png");
  }

  private Path out() {
    return folder.resolve("out");
  }

  private Failure failure(Path images, Path labels) {
    return catchThrowableOfType(
        Failure.class,
        () -> IdxDataset.write(images, labels, NewFiles.in(out()), (done, of) -> {}));
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static byte[] images(int count) throws IOException {
    return idx(IMAGES, new int[] {count, ROWS, COLUMNS}, pixels(count));
  }

  private static byte[] labels(int count) throws IOException {
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 10);
    }
    return idx(LABELS, new int[] {count}, labels);
  }

  private static byte[] pixels(int count) {
    byte[] pixels = new byte[count * ROWS * COLUMNS];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 37);
    }
    return pixels;
  }

  private static byte[] idx(int magic, int[] shape, byte[] data) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(magic);
      for (int dimension : shape) {
        out.writeInt(dimension);
      }
      out.write(data);
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(plain);
    }
    return bytes.toByteArray();
  }

  private static byte[] grey(Path png) throws IOException {
    BufferedImage image = ImageIO.read(png.toFile());
    assertThat(image.getType()).isEqualTo(BufferedImage.TYPE_BYTE_GRAY);
    return (byte[])
        image.getRaster().getDataElements(0, 0, image.getWidth(), image.getHeight(), null);
  }

  private static List<String> files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile)
          .map(path -> root.relativize(path).toString())
          .sorted()
          .toList();
    }
  }
}
