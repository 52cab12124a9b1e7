package org.ijepa.version;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that the build wrote down: the same for classes in folders and in jars. */
public final class ProgramVersion {
  private ProgramVersion() {}

  /**
   * The version, with the commit that was built where the build knew one: {@code 0.1.0+3f2a91c}, or
   * {@code 0.1.0+3f2a91c-dirty} with changes on top of it.
   */
  public static String text() {
    Properties properties = new Properties();
    try (InputStream in = ProgramVersion.class.getResourceAsStream("version.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text(properties);
  }

  static String text(Properties properties) {
    String commit = properties.getProperty("commit", "").strip();
    return properties.getProperty("version") + (commit.isEmpty() ? "" : "+" + commit);
  }
}
