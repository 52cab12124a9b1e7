package org.ijepa.dataset;

import akka.actor.typed.ActorSystem;
import java.io.IOException;
import java.nio.file.Path;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.store.Store;

/** Where the files of a new data set go. Files may be written by several threads. */
public interface NewFiles {
  /** Into a folder, which is created where it is not there. */
  static NewFiles in(Path folder) {
    return new FolderFiles(folder);
  }

  /** Into a store, several files at a time. */
  static NewFiles in(Store store, ActorSystem<?> system) {
    return new StoreFiles(store, system);
  }

  /**
   * Makes sure that nothing is there: files of another data set would mix with the new ones unseen.
   *
   * @throws Failure {@link ExitCode#WRONG_USAGE} if something is
   */
  void begin() throws IOException;

  /**
   * Writes a file, or begins to.
   *
   * @param key path of the file, with {@code /} between folders
   * @param bytes that nobody changes any more
   */
  void write(String key, byte[] bytes) throws IOException;

  /** Returns once all files that were begun are there. */
  void finish() throws IOException;
}
