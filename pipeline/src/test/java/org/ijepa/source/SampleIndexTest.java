package org.ijepa.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ijepa.random.RandomKey;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleIndexTest {
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(20));
  private static ActorTestKit kit;

  @TempDir Path folder;

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  private static Store store(Path root) {
    return Store.open(root.toString(), S3Access.amazon(), ONCE, kit.system());
  }

  private static SampleIndex index(Path root) {
    return SampleIndex.of(store(root), kit.system())
        .toCompletableFuture()
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
  }

  private static void file(Path root, String key, int bytes) throws IOException {
    Path file = root.resolve(key);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[bytes]);
  }

  private static List<String> keys(SampleIndex index) {
    return IntStream.range(0, (int) index.size()).mapToObj(index::key).toList();
  }

  @Test
  void shouldFindImagesAtAnyDepthAndIgnoreOthers() throws IOException {
    for (String key :
        List.of(
            "b.JPG", "a/x.jpeg", "a/b/c/y.Png", "z.webp", "1.bmp", "2.gif", "3.tif", "4.TIFF")) {
      file(folder, key, key.length());
    }
    for (String key : List.of("labels.csv", "a/README", "jpg", "a.jpg/notes.txt", "x.jpg.gz")) {
      file(folder, key, 9);
    }
    SampleIndex index = index(folder);
    assertThat(keys(index))
        .containsExactly(
            "1.bmp", "2.gif", "3.tif", "4.TIFF", "a/b/c/y.Png", "a/x.jpeg", "b.JPG", "z.webp");
    assertThat(index.ignored()).isEqualTo(5);
    for (long i = 0; i < index.size(); i++) {
      assertThat(index.bytes(i)).isEqualTo(index.key(i).length());
    }
  }

  @Test
  void shouldSortByTheBytesOfUtf8() throws IOException {
    // As UTF-16 the last two would stand the other way round.
    List<String> sorted = List.of("Z.jpg", "a.jpg", "ä.jpg", "\uff5e.jpg", "\ud83d\ude00.jpg");
    for (String key : sorted) {
      file(folder, key, 1);
    }
    assertThat(keys(index(folder))).isEqualTo(sorted);
  }

  @Test
  void shouldChangeItsFingerprintWithAnyNameOrSize() throws IOException {
    file(folder, "a.jpg", 10);
    file(folder, "b.jpg", 20);
    String first = index(folder).fingerprint();
    assertThat(first).hasSize(64);
    file(folder, "notes.txt", 7);
    assertThat(index(folder).fingerprint()).isEqualTo(first);
    file(folder, "b.jpg", 21);
    String resized = index(folder).fingerprint();
    file(folder, "b.jpg", 20);
    assertThat(index(folder).fingerprint()).isEqualTo(first).isNotEqualTo(resized);
    Files.move(folder.resolve("b.jpg"), folder.resolve("c.jpg"));
    assertThat(index(folder).fingerprint()).isNotEqualTo(first);
  }

  @Test
  void shouldSayThatNothingIsThere() {
    assertThatThrownBy(() -> index(folder))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(SourceException.class)
        .hasMessageContaining(folder.toString())
        .extracting(e -> ((SourceException) e).kind())
        .isEqualTo(SourceException.Kind.EMPTY);
  }

  @Test
  void shouldSayThatNothingIsAnImage() throws IOException {
    file(folder, "labels.csv", 3);
    assertThatThrownBy(() -> index(folder))
        .cause()
        .hasMessageContaining("none of its 1 files")
        .extracting(e -> ((SourceException) e).kind())
        .isEqualTo(SourceException.Kind.NO_IMAGES);
  }

  @Property(tries = 60)
  void shouldFindEveryKeyAgain(@ForAll @Size(min = 1, max = 200) List<String> words) {
    TreeSet<byte[]> sorted = new TreeSet<>(Arrays::compareUnsigned);
    words.forEach(word -> sorted.add(word.getBytes(StandardCharsets.UTF_8)));
    KeyTable.Builder builder = new KeyTable.Builder();
    sorted.forEach(builder::add);
    KeyTable table = builder.build();
    assertThat(table.count()).isEqualTo(sorted.size());
    long i = 0;
    for (byte[] key : sorted) {
      assertThat(table.utf8(i++)).isEqualTo(key);
    }
  }

  @Test
  void shouldHoldAMillionKeys() {
    KeyTable.Builder keys = new KeyTable.Builder();
    SizeTable.Builder sizes = new SizeTable.Builder();
    for (int i = 0; i < 1_200_000; i++) {
      keys.add("train/n%08d/n%08d.JPEG".formatted(i / 1000, i).getBytes(StandardCharsets.UTF_8));
      sizes.add(i == 1_100_000 ? 5_000_000_000L : i);
    }
    KeyTable table = keys.build();
    SizeTable sizeTable = sizes.build();
    for (int i : new int[] {0, 1, 15, 16, 17, 999_999, 1_048_575, 1_048_576, 1_199_999}) {
      assertThat(table.key(i)).isEqualTo("train/n%08d/n%08d.JPEG".formatted(i / 1000, i));
      assertThat(sizeTable.get(i)).isEqualTo(i);
    }
    assertThat(sizeTable.get(1_100_000)).isEqualTo(5_000_000_000L);
    assertThatThrownBy(() -> table.key(1_200_000)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void shouldComeBackFromItsFile() throws IOException {
    for (int i = 0; i < 100; i++) {
      file(folder, "d%d/image %d.jpg".formatted(i % 7, i), i);
    }
    file(folder, "other", 1);
    SampleIndex index = index(folder);
    Path saved = folder.resolve("cache/source.index");
    IndexFile.save(index, saved);
    SampleIndex loaded = IndexFile.load(saved);
    assertThat(keys(loaded)).isEqualTo(keys(index));
    assertThat(loaded.fingerprint()).isEqualTo(index.fingerprint());
    assertThat(loaded.ignored()).isEqualTo(1);
    for (long i = 0; i < 100; i++) {
      assertThat(loaded.bytes(i)).isEqualTo(index.bytes(i));
    }
  }

  @Test
  void shouldNoticeADamagedFile() throws IOException {
    for (int i = 0; i < 30; i++) {
      file(folder, "image %d.jpg".formatted(i), i);
    }
    Path saved = folder.resolve("source.index");
    IndexFile.save(index(folder), saved);
    byte[] whole = Files.readAllBytes(saved);
    for (int at = 0; at < whole.length; at++) {
      // Gzip's flags, time and platform mean nothing here.
      if (at >= 11 && at <= 17) {
        continue;
      }
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x41;
      Files.write(saved, damaged);
      assertDamaged(saved);
      Files.write(saved, Arrays.copyOf(whole, at));
      assertDamaged(saved);
    }
  }

  private static void assertDamaged(Path saved) {
    assertThatThrownBy(() -> IndexFile.load(saved))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("delete it")
        .extracting(e -> ((SourceException) e).kind())
        .isEqualTo(SourceException.Kind.DAMAGED_INDEX);
  }

  @Test
  void shouldFetchASample() throws IOException {
    Files.writeString(folder.resolve("a.jpg"), "first");
    Files.writeString(folder.resolve("b.jpg"), "second");
    DataSource source = new DataSource(store(folder), index(folder));
    assertThat(source.fetch(1).toCompletableFuture().join().utf8String()).isEqualTo("second");
    assertThat(source.describe(0)).isEqualTo(folder + "/a.jpg");
  }

  @Test
  void shouldNameASampleThatVanishedOrChanged() throws IOException {
    Files.writeString(folder.resolve("a.jpg"), "first");
    Files.writeString(folder.resolve("b.jpg"), "second");
    DataSource source = DataSource.open(store(folder), kit.system()).toCompletableFuture().join();
    Files.delete(folder.resolve("a.jpg"));
    Files.writeString(folder.resolve("b.jpg"), "longer than it was");
    assertThatThrownBy(() -> source.fetch(0).toCompletableFuture().join())
        .cause()
        .hasMessageContaining("a.jpg")
        .extracting(e -> ((SourceException) e).kind())
        .isEqualTo(SourceException.Kind.VANISHED);
    assertThatThrownBy(() -> source.fetch(1).toCompletableFuture().join())
        .cause()
        .hasMessageContaining("has more than the 6 bytes of when it was indexed")
        .extracting(e -> ((SourceException) e).kind())
        .isEqualTo(SourceException.Kind.CHANGED);
  }

  @Test
  void shouldSayWhatChangedSinceAnEarlierIndex() throws IOException {
    for (String key : List.of("a.jpg", "b.jpg", "d.jpg", "e.jpg")) {
      file(folder, key, 5);
    }
    SampleIndex was = index(folder);
    Files.delete(folder.resolve("a.jpg"));
    file(folder, "b.jpg", 6);
    file(folder, "c.jpg", 5);
    file(folder, "f.jpg", 5);
    assertThat(IndexChange.between(was, index(folder)))
        .isEqualTo(
            "1 image is gone: a.jpg; 2 images are new, the first is c.jpg;"
                + " 1 image has another size: b.jpg");
  }

  @Property(tries = 40)
  void shouldTakeAPartThatALargerPartContains(
      @ForAll @IntRange(min = 1, max = 300) int size,
      @ForAll @DoubleRange(min = 0.01, max = 1) double fraction,
      @ForAll @DoubleRange(min = 0.01, max = 1) double other,
      @ForAll long seed) {
    SampleIndex.Builder builder = SampleIndex.Builder.ofImages();
    for (int i = 0; i < size; i++) {
      builder.image("%04d.jpg".formatted(i).getBytes(StandardCharsets.UTF_8), i);
    }
    SampleIndex whole = builder.build();
    RandomKey key = RandomKey.of(seed, "part");
    List<String> small = keys(whole.part(Math.min(fraction, other), key));
    List<String> large = keys(whole.part(Math.max(fraction, other), key));
    assertThat(small).hasSize(Math.max(1, (int) (Math.min(fraction, other) * size))).isSorted();
    assertThat(large).containsAll(small);
    assertThat(whole.part(1, key)).isSameAs(whole);
  }
}
