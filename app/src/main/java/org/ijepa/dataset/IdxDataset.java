package org.ijepa.dataset;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;

/**
 * Turns a pair of idx files (MNIST, Fashion-MNIST and their kin), plain or gzipped, into grey PNG
 * files in a folder per label: {@code OUT/7/00042.png} is image 42, counted from 0, with label 7.
 */
public final class IdxDataset {
  private static final int IMAGE_DIMENSIONS = 3;
  private static final int MOST_PIXELS_ACROSS = 8192;

  private IdxDataset() {}

  /**
   * Checks both files as a whole, then writes the images.
   *
   * @param images idx file of shape (images, rows, columns)
   * @param labels idx file of shape (images), a label each
   * @param out where nothing is yet; stays so if a file is at fault
   * @param progress is told the number of images written after each
   * @return the number of images
   * @throws Failure {@link ExitCode#USAGE} if a file is missing, the two are swapped or have
   *     different counts, or something is there; {@link ExitCode#BAD_DATA} if a file's magic number
   *     is wrong, or it is empty, shorter or longer than its header says
   * @throws IOException if reading or writing fails
   */
  public static int write(Path images, Path labels, NewFiles out, ImageProgress progress)
      throws IOException {
    byte[] labelOf = readLabels(labels);
    checkImages(images, labels, labelOf.length);
    out.begin();
    writeImages(images, labelOf, out, progress);
    out.finish();
    return labelOf.length;
  }

  private static byte[] readLabels(Path path) throws IOException {
    try (IdxFile file = IdxFile.open(path)) {
      List<Integer> shape = file.shape();
      if (shape.size() != 1) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "idx: " + path + " holds data of shape " + shape + ", no list of labels",
            "give the images' file first, the labels' file second");
      }
      if (shape.get(0) == 0) {
        throw new Failure(
            ExitCode.BAD_DATA, "idx: " + path + " holds no labels", "give files with images");
      }
      byte[] labels = file.read(shape.get(0));
      file.expectEnd();
      return labels;
    }
  }

  private static void checkImages(Path path, Path labelsPath, int labels) throws IOException {
    try (IdxFile file = IdxFile.open(path)) {
      List<Integer> shape = file.shape();
      if (shape.size() != IMAGE_DIMENSIONS) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "idx: " + path + " holds data of shape " + shape + ", no list of grey images",
            "give the images' file first, the labels' file second");
      }
      if (shape.get(0) != labels) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            String.format(
                "idx: %s holds %d images, but %s %d labels",
                path, shape.get(0), labelsPath, labels),
            "give images and labels of the same split");
      }
      for (int across : shape.subList(1, IMAGE_DIMENSIONS)) {
        if (across < 1 || across > MOST_PIXELS_ACROSS) {
          throw new Failure(
              ExitCode.BAD_DATA,
              "idx: " + path + " holds images of shape " + shape.subList(1, IMAGE_DIMENSIONS),
              "images may have 1 to " + MOST_PIXELS_ACROSS + " rows and columns");
        }
      }
      for (int i = 0; i < labels; i++) {
        file.read(shape.get(1) * shape.get(2));
      }
      file.expectEnd();
    }
  }

  private static void writeImages(Path path, byte[] labels, NewFiles out, ImageProgress progress)
      throws IOException {
    try (IdxFile file = IdxFile.open(path);
        LabelFolders folders = new LabelFolders(out, labels.length)) {
      int rows = file.shape().get(1);
      int columns = file.shape().get(2);
      BufferedImage image = new BufferedImage(columns, rows, BufferedImage.TYPE_BYTE_GRAY);
      for (int i = 0; i < labels.length; i++) {
        byte[] pixels = file.read(rows * columns);
        image.getRaster().setDataElements(0, 0, columns, rows, pixels);
        folders.write(Integer.toString(labels[i] & 0xFF), i, image);
        progress.written(i + 1, labels.length);
      }
    }
  }
}
