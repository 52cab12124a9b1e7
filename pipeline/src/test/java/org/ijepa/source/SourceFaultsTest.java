package org.ijepa.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.ijepa.store.FaultyProxy;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a sample's read fails with, by what the server answers. */
class SourceFaultsTest {
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(20));
  private static final byte[] IMAGE = "a.jpg".getBytes(StandardCharsets.UTF_8);
  private static final byte[] MEMBER = "t.tar/a.jpg".getBytes(StandardCharsets.UTF_8);
  private static ActorTestKit kit;

  private FaultyProxy server;

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void startServer() throws IOException {
    server = new FaultyProxy(0);
  }

  @AfterEach
  void stopServer() throws IOException {
    server.close();
  }

  private DataSource source(SampleIndex index) {
    S3Access access =
        new S3Access(
            Optional.of(URI.create("http://127.0.0.1:" + server.port())), Optional.empty(), true);
    return new DataSource(Store.open("s3://images/set", access, ONCE, kit.system()), index);
  }

  private DataSource images() {
    return source(SampleIndex.Builder.ofImages().image(IMAGE, 100).build());
  }

  private DataSource shards() {
    return source(
        SampleIndex.Builder.ofShards().shard("t.tar", 2048).sample(MEMBER, 512, 100, "").build());
  }

  private static Throwable failure(DataSource source) {
    return catchThrowable(
            () -> source.fetch(0).toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join())
        .getCause();
  }

  private void answerError(String status, String code, String message) {
    server.answer(
        status, "<Error><Code>%s</Code><Message>%s</Message></Error>".formatted(code, message));
  }

  @Test
  void shouldNotTakeARefusalForAnotherSize() {
    answerError("400 Bad Request", "ExpiredToken", "The provided token has expired.");
    for (DataSource source : List.of(images(), shards())) {
      Throwable failure = failure(source);
      assertThat(failure).isInstanceOf(StoreException.class);
      assertThat(((StoreException) failure).kind()).isEqualTo(StoreException.Kind.REFUSED);
      assertThat(failure)
          .hasMessageContaining("ExpiredToken: The provided token has expired.")
          .hasMessageContaining("renew them");
    }
  }

  @Test
  void shouldNotTakeTheWholeForAShorterShard() {
    server.answer("200 OK", "x".repeat(2048));
    assertThat(failure(shards()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("the server ignores what part");
  }

  @Test
  void shouldSayWhatTheStoreSaidOfAnotherSize() {
    server.answer("200 OK", "x".repeat(101));
    assertThat(failure(images()))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("has more than the 100 bytes of when it was indexed")
        .hasMessageContaining("the server sends 101 bytes where at most 100 were expected");
    server.answer("206 Partial Content", "x".repeat(99));
    assertThat(failure(shards()))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("its shard is shorter")
        .hasMessageContaining("s3://images/set/t.tar: got 99 bytes, asked for 100 from 512");
    answerError("416 Range Not Satisfiable", "InvalidRange", "Not satisfiable.");
    assertThat(failure(shards()))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("its shard is shorter")
        .hasMessageContaining("416 InvalidRange: Not satisfiable.");
  }

  @Test
  void shouldSayWhatTheStoreSaidOfAVanishedImage() {
    answerError("404 Not Found", "NoSuchKey", "The specified key does not exist.");
    assertThat(failure(images()))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("is gone")
        .hasMessageContaining("404 NoSuchKey: The specified key does not exist.");
  }
}
