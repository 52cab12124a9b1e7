package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.Done;
import akka.util.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class FolderStoreTest extends StoreContract {
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(20));

  @Override
  Store empty() {
    return open(folder.resolve("store").toString());
  }

  private static Store open(String uri) {
    return Store.open(uri, S3Access.amazon(), PATIENT, system());
  }

  @Test
  void shouldTakeAFileUri() throws IOException {
    Path root = Files.createDirectories(folder.resolve("with space"));
    Store store = open(root.toUri().toString());
    await(store.write("x", ByteString.fromString("here")));
    assertThat(root.resolve("x")).hasContent("here");
  }

  @Test
  void shouldSayThatTheFolderIsNotThere() {
    Store store = open(folder.resolve("nowhere").toString());
    StoreException listing =
        failure(store.list("").runWith(akka.stream.javadsl.Sink.seq(), system()));
    assertThat(listing.kind()).isEqualTo(StoreException.Kind.NO_BUCKET);
    assertThat(listing).hasMessageContaining("nowhere").hasMessageContaining("create it");
    assertThat(failure(store.read("x")).kind()).isEqualTo(StoreException.Kind.NO_BUCKET);
  }

  @Test
  void shouldTakeAFolderThatVanishesForALostMount() throws IOException {
    Path root = Files.createDirectories(folder.resolve("mount"));
    Files.writeString(root.resolve("x"), "here");
    Store store = Store.open(root.toString(), S3Access.amazon(), ONCE, system());
    assertThat(list(store, "")).hasSize(1);
    Files.delete(root.resolve("x"));
    assertThat(failure(store.read("x")).kind()).isEqualTo(StoreException.Kind.NOT_FOUND);
    Files.delete(root);
    StoreException failure = failure(store.read("x"));
    assertThat(failure.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
    assertThat(failure).hasMessageContaining("mounted");
  }

  @Test
  void shouldWaitForAMountToComeBack() throws IOException {
    Path root = Files.createDirectories(folder.resolve("mount"));
    Files.writeString(root.resolve("x"), "here");
    Store store = open(root.toString());
    assertThat(list(store, "")).hasSize(1);
    Path away = folder.resolve("away");
    Files.move(root, away);
    CompletableFuture<ByteString> read = store.read("x").toCompletableFuture();
    Files.move(away, root);
    assertThat(await(read).utf8String()).isEqualTo("here");
  }

  @Test
  void shouldLeaveNoTemporaryFiles() throws IOException {
    Store store = empty();
    await(store.write("a/b", random(1000, 1)));
    await(store.createNew("a/c", random(1000, 1)));
    try (var files = Files.walk(folder.resolve("store"))) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(2);
    }
  }

  @Test
  void shouldLeaveNoEmptyFolders() throws IOException {
    Store store = empty();
    await(store.write("a/b/x", random(10, 1)));
    await(store.write("a/y", random(10, 1)));
    await(store.delete("a/b/x"));
    assertThat(folder.resolve("store/a/b")).doesNotExist();
    assertThat(folder.resolve("store/a/y")).exists();
    await(store.delete("a/y"));
    assertThat(folder.resolve("store")).isEmptyDirectory();
  }

  @Test
  void shouldKeepALinkToAFolder() throws IOException {
    Store store = empty();
    await(store.write("x", random(10, 1)));
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
    Files.createSymbolicLink(folder.resolve("store/linked"), elsewhere);
    await(store.write("linked/y", random(10, 1)));
    await(store.delete("linked/y"));
    assertThat(folder.resolve("store/linked")).isSymbolicLink();
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  void shouldWriteIntoFoldersThatOthersDelete() {
    Store store = empty();
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (int writer = 0; writer < 4; writer++) {
      String key = "busy/deep/" + writer;
      writers.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 100; i++) {
                  await(store.write(key, random(10, 1)));
                  assertThat(await(store.read(key)).size()).isEqualTo(10);
                  await(store.delete(key));
                  await(store.createNew(key, random(10, 1)));
                  await(store.delete(key));
                }
              }));
    }
    writers.forEach(CompletableFuture::join);
    assertThat(folder.resolve("store")).isEmptyDirectory();
  }

  @Test
  void shouldNotListTemporaryFilesOfAKilledWriter() throws IOException {
    Store store = empty();
    await(store.write("whole", random(10, 1)));
    Files.writeString(
        folder.resolve("store/.whole.123e4567-e89b-12d3-a456-426614174000.tmp"), "half");
    assertThat(list(store, "")).extracting(Entry::key).containsExactly("whole");
  }

  @Test
  void shouldListWhileOthersWriteAndDelete() throws IOException {
    Store store = empty();
    await(store.write("kept", random(10, 1)));
    Path busy = Files.createDirectories(folder.resolve("store/busy"));
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Void> others =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (!done.get()) {
                  for (int i = 0; i < 20; i++) {
                    Files.writeString(busy.resolve("file-" + i), "here");
                  }
                  for (int i = 0; i < 20; i++) {
                    Files.delete(busy.resolve("file-" + i));
                  }
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try {
      for (int i = 0; i < 300; i++) {
        assertThat(list(store, "")).extracting(Entry::key).contains("kept");
      }
    } finally {
      done.set(true);
      await(others);
    }
  }

  /** Its key would name another file, or none. */
  @Test
  void shouldRefuseANameThatIsNoText() throws Exception {
    Store store = empty();
    await(store.write("good.jpg", random(10, 1)));
    String touch = "printf x > \"$(printf 'caf\\351.jpg')\"";
    Process shell =
        new ProcessBuilder("sh", "-c", touch).directory(folder.resolve("store").toFile()).start();
    assertThat(shell.waitFor()).isZero();
    StoreException failure =
        failure(store.list("").runWith(akka.stream.javadsl.Sink.seq(), system()));
    assertThat(failure)
        .hasMessageStartingWith(folder.resolve("store") + ": the name 'caf")
        .hasMessageContaining("is not text in this process's character set; rename the file");
  }

  @Test
  void shouldFollowLinksIntoOtherFolders() throws IOException {
    Store store = empty();
    await(store.write("plain.jpg", random(10, 1)));
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("linked.jpg"), "1234");
    Files.createSymbolicLink(folder.resolve("store/link"), elsewhere);
    Files.createSymbolicLink(folder.resolve("store/dangling"), folder.resolve("nothing"));
    assertThat(list(store, ""))
        .extracting(entry -> entry.key() + " " + entry.bytes())
        .containsExactlyInAnyOrder("plain.jpg 10", "link/linked.jpg 4");
  }

  @Test
  void shouldCreateOnlyOnceAmongMany() {
    Store store = empty();
    assertThat(await(store.supportsCreateNew())).isTrue();
    List<CompletableFuture<String>> claims = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String mine = "claim " + i;
      claims.add(
          store
              .createNew("generations/000017.json", ByteString.fromString(mine))
              .handle((done, failure) -> failure == null ? mine : null)
              .toCompletableFuture());
    }
    List<String> won = claims.stream().map(StoreContract::await).filter(s -> s != null).toList();
    assertThat(won).hasSize(1);
    assertThat(await(store.read("generations/000017.json")).utf8String()).isEqualTo(won.get(0));
    StoreException failure =
        failure(store.createNew("generations/000017.json", ByteString.fromString("late")));
    assertThat(failure.kind()).isEqualTo(StoreException.Kind.EXISTS);
  }

  /** A root that is a link to itself fails as a mount with a bad moment does. */
  private StoreException.Kind createdBehindABadMount(String there) throws Exception {
    Path root = folder.resolve("mount");
    Files.createSymbolicLink(root, root);
    Store store = open(root.toString());
    CompletableFuture<Done> created =
        store.createNew("claims/1", ByteString.fromString("mine")).toCompletableFuture();
    while (store.hedges().retries() == 0 && !created.isDone()) {
      Thread.onSpinWait();
    }
    Path comes = folder.resolve("comes");
    Files.createDirectories(comes.resolve("claims"));
    if (!there.isEmpty()) {
      Files.writeString(comes.resolve("claims/1"), there);
    }
    Files.move(comes, root, StandardCopyOption.REPLACE_EXISTING);
    Throwable failure = created.handle((done, failed) -> failed).get(30, TimeUnit.SECONDS);
    assertThat(root.resolve("claims/1")).content().isEqualTo(there.isEmpty() ? "mine" : there);
    return failure == null ? null : StoreException.of(failure).orElseThrow().kind();
  }

  @Test
  void shouldCreateOnceAMountIsAllRightAgain() throws Exception {
    assertThat(createdBehindABadMount("")).isNull();
  }

  @Test
  void shouldTakeForItsOwnWhatAnAttemptBeforeMayHaveCreated() throws Exception {
    assertThat(createdBehindABadMount("mine")).isNull();
  }

  @Test
  void shouldNotTakeForItsOwnWhatAnotherHasCreatedBetweenAttempts() throws Exception {
    assertThat(createdBehindABadMount("theirs")).isEqualTo(StoreException.Kind.EXISTS);
  }

  @Test
  void shouldRefuseKeysThatLeaveTheFolder() {
    Store store = empty();
    for (String key : List.of("../outside", "a/../../outside", "", "/etc/passwd", ".")) {
      assertThat(failure(store.read(key)).kind()).isEqualTo(StoreException.Kind.INVALID);
    }
  }

  @Test
  void shouldRefuseUrisItDoesNotKnow() {
    for (String uri : List.of("gs://bucket/x", "", "s3://", "s3:///x", "file://host /x")) {
      assertThatThrownBy(() -> open(uri))
          .isInstanceOf(StoreException.class)
          .extracting(failure -> ((StoreException) failure).kind())
          .isEqualTo(StoreException.Kind.INVALID);
    }
  }
}
