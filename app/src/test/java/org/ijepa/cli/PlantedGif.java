package org.ijepa.cli;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.spi.ServiceRegistry;
import javax.imageio.stream.ImageInputStream;

/**
 * A codec for GIF that takes its process down, or never comes back: Java itself finds it, in a
 * folder on the class path that names it.
 */
public final class PlantedGif extends ImageReaderSpi {
  private static final String MODE = "planted-gif";

  /** What it does. */
  enum Mode {
    /** Writes where nothing may be written. */
    CRASHES,
    /** Says so and waits for ever. */
    HANGS
  }

  /** Found by Java's service loader. */
  public PlantedGif() {
    super(
        "ijepa",
        "1",
        new String[] {"gif", "GIF"},
        new String[] {"gif"},
        new String[] {"image/gif"},
        ImageReader.class.getName(),
        new Class<?>[] {ImageInputStream.class},
        null,
        false,
        null,
        null,
        null,
        null,
        false,
        null,
        null,
        null,
        null);
  }

  /** Makes the folder that goes before the class path. */
  static Path plant(Path folder, Mode mode) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(ImageReaderSpi.class.getName()), PlantedGif.class.getName() + "\n");
    Files.writeString(folder.resolve(MODE), mode.name());
    return folder;
  }

  @Override
  public void onRegistration(ServiceRegistry registry, Class<?> category) {
    Iterator<ImageReaderSpi> readers = registry.getServiceProviders(ImageReaderSpi.class, false);
    while (readers.hasNext()) {
      ImageReaderSpi other = readers.next();
      if (other != this) {
        registry.setOrdering(ImageReaderSpi.class, this, other);
      }
    }
  }

  @Override
  public boolean canDecodeInput(Object source) {
    return false;
  }

  @Override
  public ImageReader createReaderInstance(Object extension) {
    switch (mode()) {
      case CRASHES -> new Pointer(0).setInt(0, 1);
      case HANGS -> {
        System.out.println("planted: hangs");
        while (true) {
          // As a native decoder would, whoever interrupts.
          LockSupport.park();
        }
      }
    }
    throw new AssertionError("it lives on");
  }

  private static Mode mode() {
    try (InputStream in = PlantedGif.class.getResourceAsStream("/" + MODE)) {
      return Mode.valueOf(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String getDescription(Locale locale) {
    return "planted";
  }
}
