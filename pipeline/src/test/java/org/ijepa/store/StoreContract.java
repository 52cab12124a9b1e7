package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import akka.NotUsed;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every store does, whatever it is made of. */
abstract class StoreContract {
  static final RetryPolicy PATIENT =
      new RetryPolicy(
          Duration.ofMillis(5),
          Duration.ofMillis(40),
          Duration.ofSeconds(30),
          Duration.ofSeconds(20));

  private static ActorTestKit kit;

  @TempDir Path folder;

  @BeforeAll
  static void startSystem() {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString(HttpPool.overrides(8)).withFallback(ConfigFactory.load()));
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  static ActorSystem<?> system() {
    return kit.system();
  }

  /** An empty store of a name that no other test has. */
  abstract Store empty();

  @Test
  void shouldReadWhatWasWritten() {
    Store store = empty();
    ByteString bytes = random(100_000, 1);
    await(store.write("a/b/c.bin", bytes));
    assertThat(await(store.read("a/b/c.bin"))).isEqualTo(bytes);
    assertThat(await(store.size("a/b/c.bin"))).hasValue(100_000);
  }

  @Test
  void shouldReplaceOnWriting() {
    Store store = empty();
    await(store.write("x", ByteString.fromString("a long first version")));
    await(store.write("x", ByteString.fromString("second")));
    assertThat(await(store.read("x")).utf8String()).isEqualTo("second");
  }

  @Test
  void shouldHoldEmptyObjects() {
    Store store = empty();
    await(store.write("nothing", ByteString.emptyByteString()));
    assertThat(await(store.read("nothing")).isEmpty()).isTrue();
    assertThat(await(store.size("nothing"))).hasValue(0);
    assertThat(gather(store.stream("nothing")).isEmpty()).isTrue();
  }

  @Test
  void shouldReadARange() {
    Store store = empty();
    ByteString bytes = random(10_000, 2);
    await(store.write("range", bytes));
    assertThat(await(store.read("range", 0, 1))).isEqualTo(bytes.slice(0, 1));
    assertThat(await(store.read("range", 1_234, 5_000))).isEqualTo(bytes.slice(1_234, 6_234));
    assertThat(await(store.read("range", 9_999, 1))).isEqualTo(bytes.slice(9_999, 10_000));
    assertThat(await(store.read("range", 5, 0)).isEmpty()).isTrue();
  }

  @Test
  void shouldRefuseARangeBeyondTheEnd() {
    Store store = empty();
    await(store.write("range", random(100, 2)));
    assertThat(failure(store.read("range", 90, 20)).kind()).isEqualTo(StoreException.Kind.RESIZED);
    assertThat(failure(store.read("range", 100, 20)).kind()).isEqualTo(StoreException.Kind.RESIZED);
  }

  @Test
  void shouldListAtAnyDepthWithSizes() {
    Store store = empty();
    await(store.write("top.jpg", random(3, 1)));
    await(store.write("a/one.jpg", random(4, 1)));
    await(store.write("a/b/c/two.jpg", random(5, 1)));
    await(store.write("ab.jpg", random(6, 1)));
    assertThat(list(store, ""))
        .extracting(entry -> entry.key() + " " + entry.bytes())
        .containsExactlyInAnyOrder("top.jpg 3", "a/one.jpg 4", "a/b/c/two.jpg 5", "ab.jpg 6");
    assertThat(list(store, "a/"))
        .extracting(Entry::key)
        .containsExactlyInAnyOrder("a/one.jpg", "a/b/c/two.jpg");
    assertThat(list(store, "a"))
        .extracting(Entry::key)
        .containsExactlyInAnyOrder("a/one.jpg", "a/b/c/two.jpg", "ab.jpg");
    assertThat(list(store, "no/such")).isEmpty();
  }

  @Test
  void shouldListMoreThanAThousand() {
    Store store = empty();
    await(
        Source.range(1, 2_345)
            .mapAsync(16, i -> store.write("many/%05d".formatted(i), ByteString.fromString("" + i)))
            .runWith(Sink.ignore(), system()));
    assertThat(list(store, "").stream().map(Entry::key).distinct()).hasSize(2_345);
  }

  @Test
  void shouldTakeAwkwardKeys() {
    Store store = empty();
    List<String> keys =
        List.of(
            "with space/a b.jpg",
            "umlaut/Äpfel über Öl.jpg",
            "plus/a+b+c.jpg",
            "percent/100%25.jpg",
            "percent/50%.jpg",
            "signs/a~b[c]{d}|e^f_g.h-i\"j<k>.jpg",
            "hash/#1?.jpg",
            "japanese/画像.jpg",
            "dots/..a.jpg");
    for (String key : keys) {
      await(store.write(key, ByteString.fromString(key)));
    }
    assertThat(list(store, "")).extracting(Entry::key).containsExactlyInAnyOrderElementsOf(keys);
    for (String key : keys) {
      assertThat(await(store.read(key)).utf8String()).isEqualTo(key);
      assertThat(await(store.read(key, 0, 3)).utf8String()).isEqualTo(key.substring(0, 3));
    }
  }

  @Test
  void shouldSayThatAnObjectIsNotThere() {
    Store store = empty();
    await(store.write("other", random(3, 1)));
    StoreException failure = failure(store.read("no/such.jpg"));
    assertThat(failure.kind()).isEqualTo(StoreException.Kind.NOT_FOUND);
    assertThat(failure).hasMessageContaining(store.describe("no/such.jpg"));
    assertThat(await(store.size("no/such.jpg"))).isEqualTo(OptionalLong.empty());
    assertThat(failure(store.stream("no/such.jpg").runWith(Sink.ignore(), system())).kind())
        .isEqualTo(StoreException.Kind.NOT_FOUND);
  }

  @Test
  void shouldDelete() {
    Store store = empty();
    await(store.write("gone", random(3, 1)));
    await(store.delete("gone"));
    await(store.delete("gone"));
    assertThat(await(store.size("gone"))).isEmpty();
  }

  @Test
  void shouldWriteAndStreamLargeObjects() throws IOException {
    Store store = empty();
    ByteString bytes = random(40_000_001, 3);
    Path file = folder.resolve("large");
    Files.write(file, bytes.toArray());
    await(store.writeFile("from-file", file));
    assertThat(gather(store.stream("from-file"))).isEqualTo(bytes);
    await(store.write("from-bytes", bytes));
    assertThat(await(store.size("from-bytes"))).hasValue(40_000_001);
    assertThat(await(store.read("from-bytes", 39_999_990, 11)))
        .isEqualTo(bytes.slice(39_999_990, 40_000_001));
  }

  @Test
  void shouldWriteAStreamOfUnknownLength() {
    Store store = empty();
    ByteString part = random(1_000_003, 4);
    await(store.writeStream("streamed", Source.repeat(part).take(13)));
    ByteString read = gather(store.stream("streamed"));
    assertThat(read.size()).isEqualTo(13 * 1_000_003);
    assertThat(read.slice(12 * 1_000_003, 13 * 1_000_003)).isEqualTo(part);
  }

  @Test
  void shouldNotLeaveAnObjectWhenItsStreamFails() {
    Store store = empty();
    Source<ByteString, NotUsed> broken =
        Source.single(random(100, 1)).concat(Source.failed(new IllegalStateException("no more")));
    assertThat(store.writeStream("broken", broken).toCompletableFuture())
        .failsWithin(30, TimeUnit.SECONDS);
    assertThat(await(store.size("broken"))).isEmpty();
    assertThat(list(store, "")).isEmpty();
  }

  static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  static List<Entry> list(Store store, String prefix) {
    return await(store.list(prefix).runWith(Sink.seq(), system()));
  }

  static ByteString gather(Source<ByteString, NotUsed> source) {
    return await(source.runFold(ByteString.emptyByteString(), ByteString::concat, system()));
  }

  static StoreException failure(CompletionStage<?> stage) {
    try {
      Object value = stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
      throw new AssertionError("succeeded with " + value);
    } catch (ExecutionException e) {
      return StoreException.of(e).orElseThrow(() -> new AssertionError("not a store's", e));
    } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  static ByteString random(int bytes, long seed) {
    byte[] array = new byte[bytes];
    new Random(seed).nextBytes(array);
    return ByteString.fromArrayUnsafe(array);
  }
}
