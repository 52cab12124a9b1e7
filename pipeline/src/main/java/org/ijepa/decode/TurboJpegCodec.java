package org.ijepa.decode;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * libjpeg-turbo's own interface, for JPEG in grey and colour; faster than OpenCV's build of the
 * same decoder.
 *
 * <p>It stops at the first complaint, and a file with one goes to the second codec, which judges
 * it: so the same files are bad with this codec and without. (It could go on after a warning, but
 * then a later fatal error cannot be told from the warning, and pixels would be left unwritten.)
 *
 * <p>Each file has a handle of its own: one that has read another file keeps its tables, and takes
 * them for those that are missing in the next.
 */
final class TurboJpegCodec implements Codec {
  private static final List<String> NAMES =
      List.of("libturbojpeg.so.0", "libturbojpeg.0.dylib", "turbojpeg");
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final Pattern VERSION = Pattern.compile("libturbojpeg\\.so\\.([0-9.]+)$");
  private static final int RGBX = 2;
  private static final int STOP_ON_WARNING = 8192;

  /** The functions of turbojpeg.h that are used. */
  interface Turbo extends Library {
    Pointer tjInitDecompress();

    int tjDecompress2(
        Pointer handle,
        Pointer file,
        NativeLong fileBytes,
        Pointer pixels,
        int width,
        int pitch,
        int height,
        int pixelFormat,
        int flags);

    int tjDestroy(Pointer handle);
  }

  private final Turbo turbo;
  private final String name;
  private final Codec second;

  private TurboJpegCodec(Turbo turbo, String name, Codec second) {
    this.turbo = turbo;
    this.name = name;
    this.second = second;
  }

  /**
   * The codec, if this machine has the library.
   *
   * @param second judges files that this one complains about; not closed with this one
   */
  static Optional<TurboJpegCodec> find(Codec second) {
    return NAMES.stream()
        .map(TurboJpegCodec::load)
        .flatMap(Optional::stream)
        .findFirst()
        .map(turbo -> new TurboJpegCodec(turbo, "turbojpeg-" + version(), second));
  }

  private static Optional<Turbo> load(String library) {
    try {
      return Optional.of(Native.load(library, Turbo.class));
    } catch (UnsatisfiedLinkError notOnThisMachine) {
      return Optional.empty();
    }
  }

  /** The library does not say its version, but the name of the file that was loaded does. */
  private static String version() {
    if (!Files.isReadable(MAPS)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(MAPS)) {
      return lines
          .map(VERSION::matcher)
          .filter(Matcher::find)
          .map(match -> match.group(1))
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void decode(
      ByteBuffer file, ImageHeader header, int reduction, NativeBytes scratch, PixelSink sink)
      throws BadImage {
    int width = header.width(reduction);
    int height = header.height(reduction);
    int stride = 4 * width;
    ByteBuffer pixels = scratch.ofAtLeast((long) stride * height);
    Pointer handle = turbo.tjInitDecompress();
    if (handle == null) {
      throw new OutOfMemoryError("no memory for a decoder of libjpeg-turbo");
    }
    int complaint;
    try {
      complaint =
          turbo.tjDecompress2(
              handle,
              Native.getDirectBufferPointer(file),
              new NativeLong(file.limit()),
              Native.getDirectBufferPointer(pixels),
              width,
              stride,
              height,
              RGBX,
              STOP_ON_WARNING);
    } finally {
      turbo.tjDestroy(handle);
    }
    if (complaint != 0) {
      second.decode(file, header, reduction, scratch, sink);
      return;
    }
    sink.accept(new ImagePixels(pixels, PixelLayout.RGBX, width, height, stride));
  }
}
