package org.ijepa.feature;

import akka.actor.typed.ActorSystem;
import java.nio.file.Path;
import java.time.Duration;
import org.ijepa.source.DataSource;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;

/** Stores and sources in folders, where what fails is not tried again. */
final class LocalFolder {
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(20));

  private LocalFolder() {}

  static Store store(String folder, ActorSystem<?> system) {
    return Store.open(folder, S3Access.amazon(), ONCE, system);
  }

  static DataSource source(Path folder, ActorSystem<?> system) {
    return DataSource.open(store(folder.toString(), system), system).toCompletableFuture().join();
  }
}
