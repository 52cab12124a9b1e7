package org.ijepa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CifarDatasetTest {
  @TempDir private Path folder;

  /** Records whose pixel at (x, y) is (x, y, number of the record). */
  private static byte[] records(byte[]... labels) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < labels.length; i++) {
      out.writeBytes(labels[i]);
      int number = i;
      IntStream.range(0, 1024).forEach(at -> out.write(at % 32));
      IntStream.range(0, 1024).forEach(at -> out.write(at / 32));
      IntStream.range(0, 1024).forEach(at -> out.write(200 + number));
    }
    return out.toByteArray();
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private int write(Optional<Path> names, Path... files) throws IOException {
    return CifarDataset.write(
        List.of(files), names, NewFiles.in(folder.resolve("out")), (done, of) -> {});
  }

  private List<String> written() throws IOException {
    Path out = folder.resolve("out");
    try (Stream<Path> files = Files.walk(out)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> out.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private Failure refusal(Path... files) {
    Failure failure = catchThrowableOfType(Failure.class, () -> write(Optional.empty(), files));
    assertThat(folder.resolve("out")).doesNotExist();
    return failure;
  }

  @Test
  void shouldWriteImagesOfSeveralFilesIntoTheirLabelsFolders() throws IOException {
    Path a = file("a.bin", records(new byte[] {3}, new byte[] {9}));
    Path b = file("b.bin", records(new byte[] {3}));
    assertThat(write(Optional.empty(), a, b)).isEqualTo(3);
    assertThat(written()).containsExactly("3/00000.png", "3/00002.png", "9/00001.png");
    BufferedImage image = ImageIO.read(folder.resolve("out/9/00001.png").toFile());
    assertThat(image.getRGB(5, 17) & 0xffffff).isEqualTo(5 << 16 | 17 << 8 | 201);
  }

  @Test
  void shouldTakeTheFineLabelsOfCifar100AndTheirNames() throws IOException {
    Path train = file("train.bin", records(new byte[] {1, 99}, new byte[] {19, 0}));
    String names =
        IntStream.range(0, 100).mapToObj(i -> "name_" + i).collect(Collectors.joining("\n"));
    Path file = Files.writeString(folder.resolve("names.txt"), names + "\n\n");
    write(Optional.of(file), train);
    assertThat(written()).containsExactly("name_0/00001.png", "name_99/00000.png");
  }

  @Test
  void shouldRefuseFilesThatAreNone() throws IOException {
    Path cut = file("cut.bin", new byte[3072]);
    assertThat(refusal(cut).line()).contains("cut.bin has 3072 bytes");
    Path label = file("label.bin", records(new byte[] {10}));
    assertThat(refusal(label).line()).contains("record 0").contains("label 10 of 10");
    Path ten = file("ten.bin", records(new byte[] {1}));
    Path hundred = file("hundred.bin", records(new byte[] {1, 1}));
    assertThat(refusal(ten, hundred).line()).contains("not of one kind");
    assertThat(refusal(folder.resolve("none.bin")).exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
  }

  @Test
  void shouldRefuseNamesThatAreNoFolders() throws IOException {
    Path ten = file("ten.bin", records(new byte[] {1}));
    Path names = Files.writeString(folder.resolve("names.txt"), "../up\n".repeat(10));
    Failure failure = catchThrowableOfType(Failure.class, () -> write(Optional.of(names), ten));
    assertThat(failure.line()).contains("does not have 10 names");
  }
}
