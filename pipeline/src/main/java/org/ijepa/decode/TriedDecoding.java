package org.ijepa.decode;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.ijepa.crop.Crop;

/** The process that {@link DecodeTrial} starts: it decodes files, and may die of it. */
final class TriedDecoding {
  /** Said once all is loaded: whatever happens then is the files' doing. */
  static final String READY = "decodes";

  /** The least pixels that libjpeg-turbo scales as it says. */
  private static final int SMALL = 8;

  private TriedDecoding() {}

  /** Arguments: the options' parts in their order, side of the result, files. */
  public static void main(String[] args) throws IOException {
    ImageDecoders.Options options =
        new ImageDecoders.Options(
            ImageDecoders.Choice.valueOf(args[0]),
            Long.parseLong(args[1]),
            Boolean.parseBoolean(args[2]),
            Integer.parseInt(args[3]));
    int side = Integer.parseInt(args[4]);
    try (ImageDecoder decoder = ImageDecoders.open(options)) {
      System.out.println(READY);
      for (int i = 5; i < args.length; i++) {
        decode(decoder, options, side, read(Path.of(args[i])));
      }
    }
  }

  private static ByteBuffer read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      ByteBuffer file = ByteBuffer.allocateDirect(Math.toIntExact(channel.size()));
      while (file.hasRemaining()) {
        if (channel.read(file) < 0) {
          throw new EOFException(path.toString());
        }
      }
      return file.flip();
    }
  }

  private static void decode(
      ImageDecoder decoder, ImageDecoders.Options options, int side, ByteBuffer file) {
    int largest = Math.max(side, SMALL);
    ByteBuffer target = ByteBuffer.allocateDirect(largest * largest * options.channels());
    try {
      decoder.decode(file, (width, height) -> new Crop(0, 0, width, height), side, target.clear());
      if (options.dctScaling()) {
        // Decoded at its size, a half and a quarter, which follow from what a crop is shrunk by.
        for (int to : new int[] {SMALL, SMALL / 4, SMALL / 8}) {
          decoder.decode(file, TriedDecoding::small, to, target.clear());
        }
      }
    } catch (BadImage e) {
      System.out.println("bad, and does no harm: " + e.getMessage());
    }
  }

  private static Crop small(int width, int height) {
    return new Crop(0, 0, Math.min(SMALL, width), Math.min(SMALL, height));
  }
}
