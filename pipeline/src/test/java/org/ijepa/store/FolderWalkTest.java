package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.stream.javadsl.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderWalkTest {
  private static ActorTestKit kit;

  @TempDir Path root;

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  private void file(String key) throws IOException {
    Path file = root.resolve(key);
    Files.createDirectories(file.getParent());
    Files.writeString(file, key);
  }

  private FolderWalk walk(String prefix) throws IOException {
    return FolderWalk.of(root, prefix, root);
  }

  private static FolderWalk.Found look(FolderWalk walk, FolderWalk.Part part) {
    try {
      return walk.look(part);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Function<FolderWalk.Part, CompletionStage<FolderWalk.Found>> aside(
      FolderWalk walk) {
    return part -> CompletableFuture.supplyAsync(() -> look(walk, part));
  }

  private static List<String> keys(
      FolderWalk walk, Function<FolderWalk.Part, CompletionStage<FolderWalk.Found>> look) {
    return walk.entries(look)
        .map(Entry::key)
        .runWith(Sink.seq(), kit.system())
        .toCompletableFuture()
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
  }

  /** By the JDK's own walk. */
  private List<String> expected() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .map(each -> root.relativize(each).toString())
          .toList();
    }
  }

  @Test
  void shouldFindEachFileOnceInFoldersOfAnySize() throws IOException {
    for (int i = 0; i < 2 * FolderWalk.PART + 3; i++) {
      file("large/%04d".formatted(i));
    }
    for (int i = 0; i < FolderWalk.PART; i++) {
      file("exact/%04d/x".formatted(i));
    }
    file("a/b/c/d/e/deep");
    file("top");
    Files.createDirectories(root.resolve("empty/empty"));
    FolderWalk walk = walk("");
    assertThat(keys(walk, aside(walk))).containsExactlyInAnyOrderElementsOf(expected());
    // As often as somebody wants them.
    assertThat(keys(walk, aside(walk))).hasSize(expected().size());
  }

  /** Half of the parts end in the opposite order. */
  @Test
  void shouldFindTheSameWhateverEndsFirst() throws IOException {
    for (int i = 0; i < 40; i++) {
      file("%02d/x".formatted(i));
      file("%02d/y/z".formatted(i));
    }
    FolderWalk walk = walk("");
    ConcurrentLinkedQueue<Runnable> late = new ConcurrentLinkedQueue<>();
    AtomicInteger asked = new AtomicInteger();
    List<String> found =
        keys(
            walk,
            part -> {
              FolderWalk.Found has = look(walk, part);
              if (asked.incrementAndGet() % 2 == 0) {
                late.forEach(Runnable::run);
                return CompletableFuture.completedStage(has);
              }
              CompletableFuture<FolderWalk.Found> waits = new CompletableFuture<>();
              late.add(() -> waits.complete(has));
              CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS)
                  .execute(() -> waits.complete(has));
              return waits;
            });
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected());
  }

  /** As many as there may be: with fewer at once, the first ones would wait for ever. */
  @Test
  void shouldLookAtFoldersSideBySide() throws IOException {
    for (int i = 0; i < 3 * FolderWalk.AT_ONCE; i++) {
      file("%02d/x".formatted(i));
    }
    FolderWalk walk = walk("");
    AtomicInteger most = new AtomicInteger();
    List<Runnable> held = new ArrayList<>();
    List<String> found =
        keys(
            walk,
            part -> {
              FolderWalk.Found has = look(walk, part);
              if (!has.ahead().isEmpty()) {
                return CompletableFuture.completedStage(has);
              }
              CompletableFuture<FolderWalk.Found> waits = new CompletableFuture<>();
              held.add(() -> waits.complete(has));
              most.accumulateAndGet(held.size(), Math::max);
              if (held.size() == FolderWalk.AT_ONCE) {
                List<Runnable> all = List.copyOf(held);
                held.clear();
                ForkJoinPool.commonPool().execute(() -> all.forEach(Runnable::run));
              }
              return waits;
            });
    assertThat(found).hasSize(3 * FolderWalk.AT_ONCE);
    assertThat(most).hasValue(FolderWalk.AT_ONCE);
  }

  @Test
  void shouldGiveWhatIsFoundWhileTheRestIsLookedAt() throws IOException {
    file("one");
    file("two");
    file("below/three");
    FolderWalk walk = walk("");
    CompletableFuture<Void> two = new CompletableFuture<>();
    AtomicInteger given = new AtomicInteger();
    walk.entries(
            part -> {
              FolderWalk.Found has = look(walk, part);
              return has.ahead().isEmpty()
                  ? two.thenApply(done -> has)
                  : CompletableFuture.completedStage(has);
            })
        .runForeach(
            entry -> {
              if (given.incrementAndGet() == 2) {
                two.complete(null);
              }
            },
            kit.system())
        .toCompletableFuture()
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
    assertThat(given).hasValue(3);
  }

  @Test
  void shouldRefuseALinkThatLeadsBack() throws IOException {
    file("a/b/x");
    Files.createSymbolicLink(root.resolve("a/b/back"), root.resolve("a"));
    FolderWalk walk = walk("");
    assertThatThrownBy(() -> keys(walk, aside(walk)))
        .isInstanceOf(CompletionException.class)
        .rootCause()
        .isInstanceOf(FileSystemLoopException.class)
        .hasMessageContaining("a/b/back");
  }

  @Test
  void shouldFollowTwoLinksToOneFolder() throws IOException {
    file("a/x");
    Files.createSymbolicLink(root.resolve("b"), root.resolve("a"));
    FolderWalk walk = walk("");
    assertThat(keys(walk, aside(walk))).containsExactlyInAnyOrder("a/x", "b/x");
  }

  @Test
  void shouldLeaveOutWhatIsDeletedOnceItWasFound() throws IOException {
    file("a/x");
    file("b/x");
    FolderWalk walk = walk("");
    List<String> found =
        keys(
            walk,
            part -> {
              FolderWalk.Found has = look(walk, part);
              if (!has.ahead().isEmpty()) {
                try {
                  Files.delete(root.resolve("b/x"));
                  Files.delete(root.resolve("b"));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
              return CompletableFuture.completedStage(has);
            });
    assertThat(found).containsExactly("a/x");
  }

  @Test
  void shouldFindWhatBeginsWithAPrefix() throws IOException {
    file("a/x");
    file("ab");
    file("b");
    FolderWalk walk = walk("a");
    assertThat(keys(walk, aside(walk))).containsExactlyInAnyOrder("a/x", "ab");
    FolderWalk nowhere = FolderWalk.of(root, "c/", root.resolve("c"));
    assertThat(keys(nowhere, aside(nowhere))).isEmpty();
  }
}
