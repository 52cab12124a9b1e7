package org.ijepa.dataset;

import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;

/**
 * Turns files of the binary version of CIFAR-10 or CIFAR-100 (format:
 * cs.toronto.edu/~kriz/cifar.html) into PNG files in a folder per label. A record is one label
 * (CIFAR-10) or a coarse and a fine one (CIFAR-100), then 32 x 32 bytes each of red, green and
 * blue.
 */
public final class CifarDataset {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;
  private static final int PIXELS = 3 * PLANE;

  /** The two sets; a file is told by its length. */
  private enum Kind {
    CIFAR_10(1, 10),
    CIFAR_100(2, 100);

    private final int record;
    private final int classes;

    Kind(int labels, int classes) {
      this.record = labels + PIXELS;
      this.classes = classes;
    }
  }

  private CifarDataset() {}

  /**
   * Checks all files, then writes the images, numbered through the files in their order.
   *
   * @param files such as data_batch_1.bin or train.bin
   * @param names file with a line for each label, which then names its folder
   * @param out where nothing is yet; stays so if a file is at fault
   * @param progress is told the number of images written after each
   * @return the number of images
   * @throws Failure {@link ExitCode#WRONG_USAGE} if a file is missing, files are of two kinds or
   *     something is there; {@link ExitCode#BAD_DATA} if a file is no such file
   * @throws IOException if reading or writing fails
   */
  public static int write(
      List<Path> files, Optional<Path> names, NewFiles out, ImageProgress progress)
      throws IOException {
    Kind kind = kind(files.get(0));
    int count = 0;
    for (Path file : files) {
      if (kind(file) != kind) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "cifar: " + files.get(0) + " and " + file + " are not of one kind",
            "give files of CIFAR-10 or of CIFAR-100");
      }
      count += Math.toIntExact(Files.size(file) / kind.record);
      checkLabels(file, kind);
    }
    List<String> labels = labels(names, kind);
    out.begin();
    int written = 0;
    try (LabelFolders folders = new LabelFolders(out, count)) {
      for (Path file : files) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
          for (long left = Files.size(file) / kind.record; left > 0; left--) {
            byte[] record = in.readNBytes(kind.record);
            folders.write(labels.get(label(record, kind)), written++, image(record, kind));
            progress.written(written, count);
          }
        }
      }
    }
    out.finish();
    return written;
  }

  private static Kind kind(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "cifar: there is no file " + file,
          "name .bin files of the binary version");
    }
    long bytes = Files.size(file);
    for (Kind kind : Kind.values()) {
      if (bytes > 0 && bytes % kind.record == 0) {
        return kind;
      }
    }
    throw new Failure(
        ExitCode.BAD_DATA,
        String.format(
            "cifar: %s has %d bytes, no whole number of records of %d or %d",
            file, bytes, Kind.CIFAR_10.record, Kind.CIFAR_100.record),
        "give .bin files of the binary version, whole");
  }

  private static void checkLabels(Path file, Kind kind) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (long i = 0; i < Files.size(file) / kind.record; i++) {
        int label = label(in.readNBytes(kind.record), kind);
        if (label >= kind.classes) {
          throw new Failure(
              ExitCode.BAD_DATA,
              String.format(
                  "cifar: record %d of %s has label %d of %d", i, file, label, kind.classes),
              "give .bin files of the binary version");
        }
      }
    }
  }

  private static List<String> labels(Optional<Path> names, Kind kind) throws IOException {
    if (names.isEmpty()) {
      return IntStream.range(0, kind.classes).mapToObj(Integer::toString).toList();
    }
    List<String> lines =
        Files.readAllLines(names.get(), StandardCharsets.UTF_8).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    boolean sound =
        lines.stream().distinct().count() == kind.classes
            && lines.stream().allMatch(line -> line.matches("\\w[\\w .-]*"));
    if (!sound || lines.size() != kind.classes) {
      throw new Failure(
          ExitCode.BAD_DATA,
          "cifar: " + names.get() + " does not have " + kind.classes + " names, a line each",
          "give batches.meta.txt or fine_label_names.txt, or leave --names out");
    }
    return lines;
  }

  /** The only label, or the fine one. */
  private static int label(byte[] record, Kind kind) {
    return record[kind.record - PIXELS - 1] & 0xff;
  }

  private static BufferedImage image(byte[] record, Kind kind) {
    int red = kind.record - PIXELS;
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < PLANE; i++) {
      int rgb =
          (record[red + i] & 0xff) << 16
              | (record[red + PLANE + i] & 0xff) << 8
              | (record[red + 2 * PLANE + i] & 0xff);
      image.setRGB(i % SIDE, i / SIDE, rgb);
    }
    return image;
  }
}
