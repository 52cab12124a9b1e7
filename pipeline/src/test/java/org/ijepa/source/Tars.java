package org.ijepa.source;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Tar files in memory, as another program writes them. */
public final class Tars {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar;

  private Tars(int longNames) {
    tar = new TarArchiveOutputStream(bytes, 512, StandardCharsets.UTF_8.name());
    tar.setLongFileMode(longNames);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(longNames == TarArchiveOutputStream.LONGFILE_POSIX);
  }

  /** Long names as GNU tar writes them. */
  public static Tars gnu() {
    return new Tars(TarArchiveOutputStream.LONGFILE_GNU);
  }

  /** Long names as pax records. */
  public static Tars pax() {
    return new Tars(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  public Tars with(String name, byte[] contents) {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(contents.length);
    return with(entry, contents);
  }

  public Tars with(String name, String contents) {
    return with(name, contents.getBytes(StandardCharsets.UTF_8));
  }

  Tars with(TarArchiveEntry entry, byte[] contents) {
    // Fractions of a second would be pax records of their own.
    entry.setModTime(0);
    try {
      tar.putArchiveEntry(entry);
      tar.write(contents);
      tar.closeArchiveEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  public byte[] bytes() {
    try {
      tar.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
