package org.ijepa.decode;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.opencv.core.Core;

/**
 * Loads OpenCV's native library, unpacked once per user. The loader that comes with the artifact
 * unpacks its 65 MB for each process and deletes what other processes have just unpacked and not
 * yet loaded, so that several started at once fail.
 */
final class OpenCvLibrary {
  private OpenCvLibrary() {}

  static void load() {
    String platform = platform();
    URL packed =
        platform == null
            ? null
            : OpenCvLibrary.class.getResource(
                "/nu/pattern/opencv/%s/lib%s.so".formatted(platform, Core.NATIVE_LIBRARY_NAME));
    if (packed == null) {
      nu.pattern.OpenCV.loadLocally();
      return;
    }
    try {
      System.load(unpacked(packed).toString());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "OpenCV's native library cannot be unpacked into %s: %s; make it writable, or set the system property user.home"
              .formatted(folder(), e.getMessage()),
          e);
    }
  }

  private static String platform() {
    if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux")) {
      return null;
    }
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> "linux/x86_64";
      case "aarch64" -> "linux/ARMv8";
      default -> null;
    };
  }

  private static Path folder() {
    return Path.of(System.getProperty("user.home"), ".cache", "ijepa");
  }

  /**
   * The file takes its name only when it is whole, so that processes may do this at the same time.
   */
  private static Path unpacked(URL packed) throws IOException {
    URLConnection connection = packed.openConnection();
    long bytes = connection.getContentLengthLong();
    Path library = folder().resolve("lib%s-%d.so".formatted(Core.NATIVE_LIBRARY_NAME, bytes));
    try (InputStream in = connection.getInputStream()) {
      if (Files.exists(library) && Files.size(library) == bytes) {
        return library;
      }
      Files.createDirectories(folder());
      Path temporary = Files.createTempFile(folder(), "unpacking", ".so");
      try {
        Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
        Files.move(
            temporary,
            library,
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }
    return library;
  }
}
