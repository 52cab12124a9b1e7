package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.ijepa.crop.Crop;

/** Header first, then the codec that suits the file, then crop and resize into the target. */
final class CodecImageDecoder implements ImageDecoder {
  /** Scratch of a photo is kept for the next; that of a rare giant is given back. */
  private static final long KEPT_BYTES = 64L << 20;

  /**
   * The resize must shrink this much after the decoder has: the transform's own filter is sharper
   * than a triangle, which shows where little is left to average.
   */
  private static final int LEFT_TO_RESIZE = 2;

  private static final int GREY = 1;
  private static final int COLORS = 3;

  private final ImageDecoders.Options options;
  private final Codec main;
  private final Codec jpeg;
  private final Codec fallback;
  private final ConcurrentLinkedQueue<Scratch> idle = new ConcurrentLinkedQueue<>();

  /**
   * @param options limit, sizes and channels
   * @param main reads whatever the other two are not asked for
   * @param jpeg reads JPEG without inks; may be the same
   * @param fallback reads GIF, TIFF and JPEG in inks of unstated sense
   */
  CodecImageDecoder(ImageDecoders.Options options, Codec main, Codec jpeg, Codec fallback) {
    this.options = options;
    this.main = main;
    this.jpeg = jpeg;
    this.fallback = fallback;
  }

  @Override
  public String name() {
    return jpeg == main ? main.name() : jpeg.name() + "+" + main.name();
  }

  @Override
  public int channels() {
    return options.channels();
  }

  @Override
  public void decode(ByteBuffer file, CropChooser chooser, int side, ByteBuffer target)
      throws BadImage {
    int wanted = Math.multiplyExact(channels(), Math.multiplyExact(side, side));
    if (!target.isDirect() || target.remaining() < wanted) {
      throw new IllegalArgumentException(
          "the target must be a direct buffer with %d bytes left, not %s"
              .formatted(wanted, target));
    }
    ByteBuffer view = file.slice();
    ImageHeader header = ImageHeader.read(view, options.pixelLimit());
    boolean asStored = channels() != GREY && channels() != COLORS;
    if (asStored) {
      checkChannels(header);
    }
    Crop crop = chooser.choose(header.width(), header.height());
    checkWithin(crop, header);
    int reduction = reduction(header, crop, side);
    Scratch scratch = idle.poll();
    if (scratch == null) {
      scratch = new Scratch();
    }
    try {
      BilinearResize resize = scratch.resize;
      ByteBuffer bytes = scratch.direct(view, header.format());
      Codec codec = codecFor(header);
      if (asStored) {
        codec.decodeChannels(
            bytes,
            header,
            scratch.pixels,
            pixels -> resize.resize(pixels, crop, 1, channels(), side, target));
      } else {
        codec.decode(
            bytes,
            header,
            reduction,
            scratch.pixels,
            pixels -> resize.resize(pixels, crop, reduction, channels(), side, target));
      }
    } finally {
      scratch.trim();
      idle.add(scratch);
    }
  }

  /** What the sides are divided by while decoding, so that the resize has still to shrink. */
  private int reduction(ImageHeader header, Crop crop, int side) {
    if (!options.dctScaling()
        || header.format() != ImageFormat.JPEG
        || header.inks() != Inks.NONE) {
      return 1;
    }
    int shorter = Math.min(crop.width(), crop.height());
    int shrinks = shorter / side;
    // Below 8 pixels, libjpeg-turbo's own interface takes another of its eighths for a half.
    if (shorter < 8 || shrinks < 2 * LEFT_TO_RESIZE) {
      return 1;
    }
    return shrinks < 4 * LEFT_TO_RESIZE ? 2 : 4;
  }

  private Codec codecFor(ImageHeader header) {
    return switch (header.format()) {
      case JPEG ->
          switch (header.inks()) {
            case NONE -> jpeg;
            case INVERTED -> main;
            case PLAIN -> fallback;
          };
      case PNG, WEBP, BMP -> main;
      case GIF, TIFF -> fallback;
    };
  }

  private void checkChannels(ImageHeader header) throws BadImage {
    if (header.channels() != channels()) {
      throw new BadImage(
          BadImage.Cause.UNSUPPORTED,
          "%s has %d %s, data.channels = %d"
              .formatted(
                  header.format(),
                  header.channels(),
                  header.channels() == 1 ? "channel" : "channels",
                  channels()));
    }
  }

  private static void checkWithin(Crop crop, ImageHeader header) {
    boolean within =
        crop.left() >= 0
            && crop.top() >= 0
            && crop.width() > 0
            && crop.height() > 0
            && crop.left() + crop.width() <= header.width()
            && crop.top() + crop.height() <= header.height();
    if (!within) {
      throw new IllegalArgumentException(
          "%s does not lie within an image of %d x %d"
              .formatted(crop, header.width(), header.height()));
    }
  }

  @Override
  public void close() {
    for (Scratch scratch = idle.poll(); scratch != null; scratch = idle.poll()) {
      scratch.close();
    }
  }

  /** What one thread needs while it decodes. */
  private static final class Scratch implements AutoCloseable {
    private final NativeBytes file = new NativeBytes();
    private final NativeBytes pixels = new NativeBytes();
    private final BilinearResize resize = new BilinearResize();

    /** What codecs need of the file, where native code can see it. */
    ByteBuffer direct(ByteBuffer view, ImageFormat format) {
      if (format == ImageFormat.PNG) {
        ByteBuffer copy = file.ofAtLeast(view.limit());
        PngReader.copyUsedChunks(view, copy);
        return copy.flip();
      }
      if (view.isDirect()) {
        return view;
      }
      ByteBuffer copy = file.ofAtLeast(view.limit());
      copy.put(view.duplicate()).flip();
      return copy;
    }

    void trim() {
      file.keepAtMost(KEPT_BYTES);
      pixels.keepAtMost(KEPT_BYTES);
    }

    @Override
    public void close() {
      file.close();
      pixels.close();
    }
  }
}
