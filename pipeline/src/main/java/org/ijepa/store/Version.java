package org.ijepa.store;

/**
 * Which version of an object is to be read: the one that a listing named, by four bytes of a hash,
 * so that an index of many millions has room for it; or whichever is there.
 */
public record Version(int hash) {
  /** Whichever is there. */
  public static final Version ANY = new Version(0);

  /**
   * The one that {@link Entry#version} named; of quotes around an ETag no two servers think alike.
   */
  public static Version of(String version) {
    int hash = version.replace("\"", "").hashCode();
    return new Version(hash == 0 ? 1 : hash);
  }

  /** Whether it is the one that a store found. */
  boolean allows(String found) {
    return equals(ANY) || equals(of(found));
  }
}
