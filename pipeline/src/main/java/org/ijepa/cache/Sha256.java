package org.ijepa.cache;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The digest of files and names. */
final class Sha256 {
  private Sha256() {}

  static MessageDigest of() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
