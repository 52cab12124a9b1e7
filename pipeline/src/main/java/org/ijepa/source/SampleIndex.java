package org.ijepa.source;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ijepa.store.StoredObject;

/** All images of a source, sorted by the UTF-8 bytes of their keys: sample i is the i-th. */
public final class SampleIndex {
  private static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "jpe", "png", "webp", "bmp");

  private final String[] keys;
  private final long[] bytes;
  private final long ignored;
  private final String fingerprint;

  private SampleIndex(List<StoredObject> images, long ignored) {
    this.ignored = ignored;
    keys = new String[images.size()];
    bytes = new long[images.size()];
    MessageDigest digest = sha256();
    for (int i = 0; i < keys.length; i++) {
      keys[i] = images.get(i).key();
      bytes[i] = images.get(i).bytes();
      digest.update((keys[i] + '\0' + bytes[i] + '\n').getBytes(StandardCharsets.UTF_8));
    }
    fingerprint = HexFormat.of().formatHex(digest.digest());
  }

  /** The index of the images among {@code objects}, told by their names' extensions. */
  public static SampleIndex of(List<StoredObject> objects) {
    List<StoredObject> images =
        objects.stream()
            .filter(object -> isImage(object.key()))
            .sorted((a, b) -> compareCodePoints(a.key(), b.key()))
            .toList();
    return new SampleIndex(images, objects.size() - images.size());
  }

  /** The order of the UTF-8 bytes is that of the code points, not that of Java's chars. */
  private static int compareCodePoints(String a, String b) {
    int at = 0;
    int length = Math.min(a.length(), b.length());
    while (at < length && a.charAt(at) == b.charAt(at)) {
      at++;
    }
    if (at == length) {
      return Integer.compare(a.length(), b.length());
    }
    if (at > 0 && Character.isHighSurrogate(a.charAt(at - 1))) {
      at--;
    }
    return Integer.compare(a.codePointAt(at), b.codePointAt(at));
  }

  private static boolean isImage(String key) {
    int dot = key.lastIndexOf('.');
    return dot >= 0 && EXTENSIONS.contains(key.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** Number of images. */
  public long size() {
    return keys.length;
  }

  /** Key of a sample within its source. */
  public String key(long sample) {
    return keys[Math.toIntExact(sample)];
  }

  /** Size of a sample's file. */
  public long bytes(long sample) {
    return bytes[Math.toIntExact(sample)];
  }

  /** Files that are no images by their names. */
  public long ignored() {
    return ignored;
  }

  /** SHA-256 over all keys and sizes, in hexadecimal. */
  public String fingerprint() {
    return fingerprint;
  }
}
