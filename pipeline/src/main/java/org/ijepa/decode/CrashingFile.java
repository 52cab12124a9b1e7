package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ijepa.digest.Sha256;

/**
 * A file that takes down the process which decodes it, whatever it is called.
 *
 * @param bytes that it has
 * @param sha256 of these, in hexadecimal
 */
public record CrashingFile(long bytes, String sha256) {
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,18})-([0-9a-f]{64})");

  /** Of a buffer between position and limit, which stays as it is. */
  public static CrashingFile of(ByteBuffer file) {
    MessageDigest digest = Sha256.begin();
    digest.update(file.duplicate());
    return new CrashingFile(file.remaining(), Sha256.hex(digest));
  }

  /** Size and digest, as {@link #parse} reads them. */
  public String text() {
    return bytes + "-" + sha256;
  }

  /** The file of a {@link #text}; empty if it is none. */
  public static Optional<CrashingFile> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(new CrashingFile(Long.parseLong(matcher.group(1)), matcher.group(2)))
        : Optional.empty();
  }
}
