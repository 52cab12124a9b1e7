package org.ijepa.store;

import java.util.Comparator;

/** The order of S3's listings, and of everything else that is to be the same everywhere. */
public final class KeyOrder {
  /** By UTF-8 bytes, which is by code points: Java's own order is not, beyond the BMP. */
  public static final Comparator<String> UTF8 = KeyOrder::compare;

  private KeyOrder() {}

  private static int compare(String a, String b) {
    int shared = Math.min(a.length(), b.length());
    for (int i = 0; i < shared; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        return Character.isSurrogate(x) == Character.isSurrogate(y)
            ? Character.compare(x, y)
            : Boolean.compare(Character.isSurrogate(x), Character.isSurrogate(y));
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
