package org.ijepa.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.ijepa.crop.Crop;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.decode.ImageDecoders.Choice;

/** Tells images that can be measured with from those that cannot. */
public final class UsableImages {
  private UsableImages() {}

  /**
   * Those of some files that every codec reads, in their order.
   *
   * @param skipped hears of each other one: its name, and why
   */
  public static List<Path> of(List<Path> files, Consumer<String> skipped) throws IOException {
    List<Path> usable = new ArrayList<>();
    try (ImageDecoder auto = ImageDecoders.open(Choice.AUTO, ImageDecoders.PILLOW_PIXEL_LIMIT);
        ImageDecoder openCv = ImageDecoders.open(Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT)) {
      for (Path file : files) {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        try {
          decode(auto, bytes);
          decode(openCv, bytes);
          usable.add(file);
        } catch (BadImage e) {
          skipped.accept("%s is skipped: %s".formatted(file, e.getMessage()));
        }
      }
    }
    return usable;
  }

  private static void decode(ImageDecoder decoder, ByteBuffer file) throws BadImage {
    ByteBuffer pixel = ByteBuffer.allocateDirect(3);
    decoder.decode(file.duplicate(), (width, height) -> new Crop(0, 0, width, height), 1, pixel);
  }
}
