package org.ijepa.batch;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of streams have in common: 64 files of a byte each, a system, threads. */
abstract class StreamOfFilesTest {
  static final int FILES = 64;

  @TempDir private Path folder;
  ActorSystem<Object> system;
  ExecutorService decoding;
  private final int decoders;

  StreamOfFilesTest(int decoders) {
    this.decoders = decoders;
  }

  @BeforeEach
  void start() throws IOException {
    system =
        ActorSystem.create(
            Behaviors.ignore(),
            "stream",
            ConfigFactory.parseString("akka.actor.provider = local, akka.loglevel = WARNING"));
    decoding = Executors.newFixedThreadPool(decoders);
    for (int i = 0; i < FILES; i++) {
      Files.write(folder.resolve("%02d.jpg".formatted(i)), new byte[] {(byte) i});
    }
  }

  @AfterEach
  void stop() {
    decoding.shutdownNow();
    system.terminate();
  }

  Store store() {
    RetryPolicy policy =
        new RetryPolicy(
            Duration.ofMillis(1),
            Duration.ofMillis(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30));
    S3Access noS3 = new S3Access(Optional.empty(), Optional.empty(), false);
    return Store.open(folder.toString(), noS3, policy, system);
  }
}
