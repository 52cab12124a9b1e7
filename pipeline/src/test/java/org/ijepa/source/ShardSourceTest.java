package org.ijepa.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ijepa.random.RandomKey;
import org.ijepa.store.EmbeddedS3;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShardSourceTest {
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(20));
  private static ActorTestKit kit;

  @TempDir Path temp;
  private Path folder;
  private Path cache;

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(temp.resolve("shards"));
    cache = temp.resolve("cache");
  }

  private DataSource open(String uri) {
    return open(uri, S3Access.amazon());
  }

  private DataSource open(String uri, S3Access access) {
    return DataSource.open(
            uri,
            root -> Store.open(root, access, ONCE, kit.system()),
            Optional.of(cache),
            kit.system())
        .toCompletableFuture()
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
  }

  /** Shard {@code number} with some samples, each an image that holds its own name, and a label. */
  private static byte[] shard(int number, int samples) {
    Tars tars = number % 2 == 0 ? Tars.gnu() : Tars.pax();
    for (int i = 0; i < samples; i++) {
      String stem = "%d/%04d".formatted(number, samples - i);
      tars.with(stem + ".jpg", stem + "!".repeat(i * 37)).with(stem + ".cls", "label " + i % 3);
    }
    return tars.bytes();
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private static List<String> keys(SampleIndex index) {
    return IntStream.range(0, (int) index.size()).mapToObj(index::key).toList();
  }

  private static String fetch(DataSource source, long sample) {
    return source.fetch(sample).toCompletableFuture().join().utf8String();
  }

  @Test
  void shouldNumberSamplesByShardAndOffsetAndFetchThem() throws IOException {
    write("b.tar", shard(1, 3));
    write("a.tar", shard(0, 2));
    write("notes.txt", new byte[1]);
    DataSource source = open(folder.toString());
    SampleIndex index = source.index();
    assertThat(keys(index))
        .containsExactly(
            "a.tar/0/0002.jpg",
            "a.tar/0/0001.jpg",
            "b.tar/1/0003.jpg",
            "b.tar/1/0002.jpg",
            "b.tar/1/0001.jpg");
    assertThat(index.samplesOfShards()).containsExactly(2L, 3L);
    assertThat(index.ignored()).isEqualTo(1);
    assertThat(index.problems()).isEmpty();
    for (long i = 0; i < index.size(); i++) {
      assertThat(fetch(source, i))
          .startsWith(index.name(i).replace(".jpg", ""))
          .hasSize((int) index.bytes(i));
    }
    assertThat(index.label(4)).contains("label 2");
    assertThat(source.describe(0)).isEqualTo(folder + "/a.tar/0/0002.jpg");
  }

  @Test
  void shouldTellHowFarTheIndexIs() throws IOException {
    for (int i = 0; i < 3; i++) {
      write("%d.tar".formatted(i), shard(i, 2));
    }
    write("notes.txt", new byte[1]);
    List<String> heard = new ArrayList<>();
    IndexProgress progress =
        new IndexProgress() {
          @Override
          public void listed(long objects) {
            heard.add("listed " + objects);
          }

          @Override
          public void walked(long shards, long of) {
            heard.add("walked " + shards + " of " + of);
          }
        };
    Function<String, Store> stores =
        root -> Store.open(root, S3Access.amazon(), ONCE, kit.system());
    for (int times = 0; times < 2; times++) {
      DataSource.open(folder.toString(), stores, Optional.of(cache), progress, kit.system())
          .toCompletableFuture()
          .join();
    }
    List<String> listing = List.of("listed 1", "listed 2", "listed 3", "listed 4");
    List<String> expected = new ArrayList<>(listing);
    expected.addAll(List.of("walked 1 of 3", "walked 2 of 3", "walked 3 of 3"));
    // The second time the index of the shards is at hand.
    expected.addAll(listing);
    assertThat(heard).isEqualTo(expected);
  }

  @Test
  void shouldTakeOneImageOfEachGroup() throws IOException {
    write(
        "a.tar",
        Tars.gnu()
            .with("1.json", "{}")
            .with("1.seg.png", "mask")
            .with("1.jpg", "picture")
            .with("2.txt", "no image")
            .with("3.left.png", "left")
            .with("3.right.png", "right")
            .with(".hidden.jpg", "hidden")
            .with("README", "text")
            .bytes());
    SampleIndex index = open(folder + "/a.tar").index();
    assertThat(keys(index)).containsExactly("a.tar/1.jpg", "a.tar/3.left.png");
    assertThat(index.ignored()).isEqualTo(5);
    assertThat(index.label(0)).isEmpty();
  }

  @Test
  void shouldTakeTheShardsThatBracesNameAndSayWhichAreMissing() throws IOException {
    for (int i = 0; i < 4; i++) {
      write("t-%02d.tar".formatted(i), shard(i, 2));
    }
    write("other.tar", shard(9, 1));
    assertThat(open(folder + "/t-{01..03}.tar").index().samplesOfShards())
        .containsExactly(2L, 2L, 2L);
    assertThatThrownBy(() -> open(folder + "/t-{00..05}.tar"))
        .cause()
        .hasMessageContaining("2 of 6 shards are not there, the first is t-04.tar");
  }

  @Test
  void shouldAskWhichIsMeantWhereThereAreImagesAndShards() throws IOException {
    write("a.tar", shard(0, 2));
    write("b.tar", shard(1, 2));
    write("preview.jpg", new byte[3]);
    assertThatThrownBy(() -> open(folder.toString()))
        .cause()
        .isInstanceOf(SourceException.class)
        .hasMessageStartingWith(
            folder
                + ": images and shards, 1 that begin with preview.jpg, and 2 .tar files that begin"
                + " with a.tar; ")
        .hasMessageContaining("the shards as in " + folder + "/train-{0000..0099}.tar")
        .extracting(e -> ((SourceException) e).kind())
        .isEqualTo(SourceException.Kind.MIXED);
    assertThat(open(folder + "/{a,b}.tar").size()).isEqualTo(4);
  }

  @Test
  void shouldNameWhatIsIgnoredBesideShards() throws IOException {
    write("a.tar", shard(0, 2));
    assertThat(open(folder.toString()).ignored().text()).isEmpty();
    write("labels.csv", new byte[3]);
    write("CLEVR_val_scenes.json", new byte[3]);
    write("notes.txt", new byte[3]);
    // The index is a kept one.
    assertThat(open(folder.toString()).ignored().text())
        .isEqualTo(", 1 other file is ignored, the first is notes.txt");
    write("A.parquet", new byte[3]);
    DataSource source = open(folder.toString()).part(0.5, RandomKey.of(1, "part"));
    assertThat(source.inPieces(1, 1, 0).ignored().text())
        .isEqualTo(", 2 other files are ignored, the first is A.parquet");
    assertThat(open(folder + "/a.tar").ignored().text()).isEmpty();
  }

  @Test
  void shouldUseWhatIsWholeOfABrokenShardAndNameTheRest() throws IOException {
    byte[] cut = shard(0, 5);
    write("a.tar", Arrays.copyOf(cut, 4620));
    byte[] damaged = shard(1, 5);
    damaged[4096] ^= 1;
    write("b.tar", damaged);
    write("c.tar", new byte[0]);
    write("d.tar", shard(3, 2));
    byte[] hole = shard(4, 3);
    Arrays.fill(hole, 2048, 4096, (byte) 0);
    write("e.tar", hole);
    DataSource source = open(folder.toString());
    assertThat(source.index().samplesOfShards()).containsExactly(2L, 2L, 2L, 1L);
    assertThat(source.problems()).hasSize(4);
    assertThat(source.problems().get(0))
        .contains(folder + "/a.tar: at byte 4096 of 4620 it is cut off within 0/0003.jpg");
    assertThat(source.problems().get(1)).contains("b.tar: at byte 4096").contains("checksum");
    assertThat(source.problems().get(2)).contains("c.tar: at byte 0 of 0 it has no end marker");
    assertThat(source.problems().get(3))
        .contains(folder + "/e.tar: at byte 2048 of %d zeros".formatted(hole.length))
        .endsWith("; 1 samples before that are used, what follows is not");
    assertThat(open(folder.toString()).problems()).isEqualTo(source.problems());
  }

  @Test
  void shouldSayThatShardsHoldNoImage() throws IOException {
    write("a.tar", Tars.gnu().with("a.txt", "x").bytes());
    assertThatThrownBy(() -> open(folder.toString())).cause().hasMessageContaining("no image");
  }

  @Test
  void shouldReadHeadersOnlyOnceUntilAShardChanges() throws IOException {
    write("a.tar", shard(0, 5));
    SampleIndex first = open(folder.toString()).index();
    assertThat(cached()).isEqualTo(1);
    // What the headers say now is seen only by one that reads them.
    FileTime time = Files.getLastModifiedTime(folder.resolve("a.tar"));
    byte[] same = shard(0, 5);
    Arrays.fill(same, 0, 512, (byte) 0);
    write("a.tar", same);
    Files.setLastModifiedTime(folder.resolve("a.tar"), time);
    SampleIndex again = open(folder.toString()).index();
    assertThat(again.fingerprint()).isEqualTo(first.fingerprint());
    assertThat(keys(again)).isEqualTo(keys(first));
    assertThat(again.label(1)).isEqualTo(first.label(1));
    write("a.tar", shard(0, 6));
    Files.setLastModifiedTime(folder.resolve("a.tar"), FileTime.from(Instant.EPOCH));
    SampleIndex changed = open(folder.toString()).index();
    assertThat(changed.size()).isEqualTo(6);
    assertThat(changed.fingerprint()).isNotEqualTo(first.fingerprint());
    assertThat(cached()).isEqualTo(2);
  }

  private long cached() throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.count();
    }
  }

  @Test
  void shouldReadTheShardsWhereItsFileIsDamaged() throws IOException {
    write("a.tar", shard(0, 5));
    SampleIndex first = open(folder.toString()).index();
    try (Stream<Path> files = Files.list(cache)) {
      Files.write(files.findFirst().orElseThrow(), new byte[] {1, 2, 3, 4, 5});
    }
    assertThat(open(folder.toString()).index().fingerprint()).isEqualTo(first.fingerprint());
  }

  @Test
  void shouldComeBackFromItsFileOrNoticeThatItIsDamaged() throws IOException {
    write("a.tar", shard(0, 5));
    write("b.tar", Arrays.copyOf(shard(1, 5), 2000));
    SampleIndex index = open(folder.toString()).index();
    Path saved = temp.resolve("saved.index");
    IndexFile.save(index, saved);
    SampleIndex loaded = IndexFile.load(saved);
    assertThat(loaded.fingerprint()).isEqualTo(index.fingerprint());
    assertThat(keys(loaded)).isEqualTo(keys(index));
    assertThat(loaded.problems()).isEqualTo(index.problems()).hasSize(1);
    assertThat(loaded.samplesOfShards()).isEqualTo(index.samplesOfShards());
    byte[] whole = Files.readAllBytes(saved);
    for (int at = 8; at < whole.length; at++) {
      if (at >= 11 && at <= 17) {
        continue;
      }
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x41;
      Files.write(saved, damaged);
      assertThatThrownBy(() -> IndexFile.load(saved)).isInstanceOf(SourceException.class);
    }
  }

  @Test
  void shouldNameASampleWhoseShardIsGoneOrShorter() throws IOException {
    write("a.tar", shard(0, 2));
    write("b.tar", shard(1, 2));
    DataSource source = open(folder.toString());
    Files.delete(folder.resolve("a.tar"));
    write("b.tar", new byte[100]);
    assertThatThrownBy(() -> fetch(source, 0))
        .cause()
        .hasMessageContaining("a.tar/0/0002.jpg")
        .extracting(e -> ((SourceException) e).kind())
        .isEqualTo(SourceException.Kind.VANISHED);
    assertThatThrownBy(() -> fetch(source, 2))
        .cause()
        .extracting(e -> ((SourceException) e).kind())
        .isEqualTo(SourceException.Kind.CHANGED);
  }

  @Test
  void shouldGiveTheSameFromS3AsFromAFolder() throws Exception {
    try (EmbeddedS3 s3 = EmbeddedS3.start()) {
      S3Access access = s3.access();
      Store store = Store.open("s3://" + EmbeddedS3.BUCKET + "/set", access, ONCE, kit.system());
      for (int i = 0; i < 3; i++) {
        write("t-%d.tar".formatted(i), shard(i, 4 + i));
        store
            .writeFile("t-%d.tar".formatted(i), folder.resolve("t-%d.tar".formatted(i)))
            .toCompletableFuture()
            .join();
      }
      DataSource local = open(folder.toString());
      DataSource remote = open("s3://" + EmbeddedS3.BUCKET + "/set/t-{0..2}.tar", access);
      assertThat(remote.index().fingerprint()).isEqualTo(local.index().fingerprint());
      for (long i = 0; i < local.index().size(); i++) {
        assertThat(fetch(remote, i)).isEqualTo(fetch(local, i));
      }
    }
  }
}
