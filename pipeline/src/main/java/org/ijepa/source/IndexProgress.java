package org.ijepa.source;

/** Hears how far the index of a source is, one word at a time, on the threads that make it. */
public interface IndexProgress extends AutoCloseable {
  /** Hears nothing. */
  IndexProgress NONE =
      new IndexProgress() {
        @Override
        public void listed(long objects) {}

        @Override
        public void walked(long shards, long of) {}
      };

  /** So many files or objects were named so far; a listing that failed begins again from 1. */
  void listed(long objects);

  /** The headers of so many shards of {@code of} were read. */
  void walked(long shards, long of);

  /** The index is there, or will not be. */
  @Override
  default void close() {}
}
