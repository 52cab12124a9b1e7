package org.ijepa.store;

/** Which whole objects from S3 are checked against the checksum that the server states. */
public enum Verify {
  /** Every one. */
  ALWAYS,
  /** Those that a caller asks for as sound: what is kept in a cache, and what was no image. */
  SUSPECT,
  /** None, for servers whose checksums are wrong. */
  NEVER
}
