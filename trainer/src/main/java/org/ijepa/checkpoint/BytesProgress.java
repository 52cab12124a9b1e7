package org.ijepa.checkpoint;

/** Hears how many bytes of files have been read or written, on the thread that does it. */
@FunctionalInterface
public interface BytesProgress {
  /** Hears nothing. */
  BytesProgress NONE = (bytes, of) -> {};

  /** So many bytes of {@code of} are done. */
  void at(long bytes, long of);
}
