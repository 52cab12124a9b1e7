package org.ijepa.cache;

import static org.assertj.core.api.Assertions.assertThat;

import akka.util.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import org.ijepa.file.Folders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheTest {
  private static final int HEADER = 40;
  private static final long LIMIT = 10_000;
  private static final String SET = "set";

  /** Takes every source for one that nobody reads. */
  private static final DiskCache.Patience NONE =
      new DiskCache.Patience(Duration.ZERO, Duration.ZERO);

  @TempDir private Path folder;

  /** Of one try of a property. */
  private Path own;

  private final Ticking clock = new Ticking();

  /** A clock that is a second later whenever it is asked. */
  private static class Ticking extends Clock {
    private Instant now = Instant.parse("2020-01-01T00:00:00Z");

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("not needed");
    }

    @Override
    public Instant instant() {
      return pass(Duration.ofSeconds(1));
    }

    final synchronized Instant pass(Duration time) {
      now = now.plus(time);
      return now;
    }
  }

  private DiskCache open() throws IOException {
    return DiskCache.open(folder, LIMIT, clock);
  }

  private static ByteString bytes(int seed, int size) {
    byte[] bytes = new byte[size];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    return ByteString.fromArray(bytes);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static long size(Path folder) throws IOException {
    long size = 0;
    for (Path file : files(folder)) {
      size += Files.size(file);
    }
    return size;
  }

  @Test
  void shouldGiveWhatItKeepsAlsoToTheNextProcess() throws Exception {
    DiskCache cache = open();
    assertThat(cache.get(SET, "a/ä.jpg")).isEmpty();
    cache.put(SET, "a/ä.jpg", bytes(1, 1000));
    cache.put(SET, "empty", ByteString.emptyByteString());
    assertThat(cache.get(SET, "a/ä.jpg")).contains(bytes(1, 1000));
    assertThat(open().get(SET, "a/ä.jpg")).contains(bytes(1, 1000));
    assertThat(open().get(SET, "empty")).contains(ByteString.emptyByteString());
    assertThat(cache.counts()).isEqualTo(new DiskCache.Counts(1, 1, 2, 0, 0, 0, 0));
  }

  @Test
  void shouldDropADamagedFileWhateverIsWrongWithIt() throws Exception {
    DiskCache cache = open();
    byte[] whole = null;
    int damages = 0;
    for (int at : new int[] {0, 7, 8, 39, 40, 139}) {
      cache.put(SET, "x", bytes(1, 100));
      Path file = files(folder).get(0);
      whole = Files.readAllBytes(file);
      whole[at] ^= 1;
      Files.write(file, whole);
      assertThat(cache.get(SET, "x")).as("byte %d flipped", at).isEmpty();
      assertThat(files(folder)).isEmpty();
      damages++;
    }
    for (int length : new int[] {0, 5, 39, 40, 139}) {
      cache.put(SET, "x", bytes(1, 100));
      Path file = files(folder).get(0);
      Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
      assertThat(cache.get(SET, "x")).as("cut to %d", length).isEmpty();
      damages++;
    }
    assertThat(cache.counts().damaged()).isEqualTo(damages);
    cache.put(SET, "x", bytes(1, 100));
    assertThat(cache.get(SET, "x")).contains(bytes(1, 100));
  }

  @Test
  void shouldCountADamagedFileOnceHoweverManyReadItAtOnce() throws Exception {
    DiskCache cache = open();
    int readers = 4;
    ExecutorService threads = Executors.newFixedThreadPool(readers);
    try {
      for (int round = 1; round <= 50; round++) {
        cache.put(SET, "x", bytes(1, 100));
        Files.write(files(folder).get(0), new byte[] {1, 2, 3});
        CyclicBarrier together = new CyclicBarrier(readers);
        Callable<Boolean> reader =
            () -> {
              together.await();
              Optional<ByteString> found = cache.get(SET, "x");
              if (found.isEmpty()) {
                cache.put(SET, "x", bytes(1, 100));
              }
              return found.isEmpty() || found.get().equals(bytes(1, 100));
            };
        for (Future<Boolean> each : threads.invokeAll(Collections.nCopies(readers, reader))) {
          assertThat(each.get()).isTrue();
        }
        assertThat(cache.counts().damaged()).isEqualTo(round);
        assertThat(cache.get(SET, "x")).contains(bytes(1, 100));
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void shouldNotTakeAFileThatStandsUnderAnothersName() throws Exception {
    DiskCache cache = open();
    cache.put(SET, "x", bytes(1, 100));
    Path x = files(folder).get(0);
    cache.put(SET, "y", bytes(2, 100));
    Path y = files(folder).stream().filter(file -> !file.equals(x)).findFirst().orElseThrow();
    Files.copy(x, y, StandardCopyOption.REPLACE_EXISTING);
    assertThat(cache.get(SET, "y")).isEmpty();
    assertThat(cache.get(SET, "x")).contains(bytes(1, 100));
  }

  @Test
  void shouldDeleteWhatACrashLeftHalfWrittenOnceNobodyCanBeWritingIt() throws Exception {
    Path old = Files.write(folder.resolve("part-old"), new byte[500]);
    Path young = Files.write(folder.resolve("part-young"), new byte[500]);
    Instant now = clock.instant();
    Files.setLastModifiedTime(old, FileTime.from(now.minusSeconds(2 * 3600)));
    Files.setLastModifiedTime(young, FileTime.from(now));
    open();
    assertThat(files(folder)).containsExactly(young);
  }

  @Test
  void shouldEvictWhatLiesThereBeyondItsLimitWhenItIsOpened() throws Exception {
    DiskCache large = DiskCache.open(folder, 100 * LIMIT, clock);
    for (int i = 0; i < 30; i++) {
      large.put(SET, "n" + i, bytes(i, 1000 - HEADER));
    }
    DiskCache small = open();
    assertThat(size(folder)).isEqualTo(9000);
    assertThat(small.get(SET, "n20")).isEmpty();
    assertThat(small.get(SET, "n21")).contains(bytes(21, 1000 - HEADER));
  }

  @Test
  void shouldLookAgainForWhatOtherProcessesWrote() throws Exception {
    DiskCache one = open();
    DiskCache other = open();
    for (int i = 0; i < 40; i++) {
      one.put(SET, "one" + i, bytes(i, 460));
      other.put(SET, "other" + i, bytes(i, 460));
      assertThat(size(folder)).isLessThanOrEqualTo(LIMIT + 2 * (LIMIT / 16 + 500));
    }
    assertThat(one.counts().failed() + other.counts().failed()).isZero();
  }

  @Test
  void shouldGoOnWithoutADiskThatRefuses() throws Exception {
    DiskCache cache = open();
    cache.put(SET, "x", bytes(1, 100));
    Path file = files(folder).get(0);
    Files.delete(file);
    Files.createDirectory(file);
    assertThat(cache.get(SET, "x")).isEmpty();
    assertThat(cache.counts().failed()).isEqualTo(1);
  }

  @Test
  void shouldGiveRightBytesOrNoneToManyThreadsAtOnce() throws Exception {
    DiskCache one = open();
    DiskCache other = open();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Boolean>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        DiskCache cache = t % 2 == 0 ? one : other;
        int seed = t;
        all.add(
            threads.submit(
                () -> {
                  SplittableRandom random = new SplittableRandom(seed);
                  boolean right = true;
                  for (int i = 0; i < 300; i++) {
                    int n = random.nextInt(40);
                    Optional<ByteString> found = cache.get(SET, "n" + n);
                    right &= found.isEmpty() || found.get().equals(bytes(n, 500));
                    if (found.isEmpty()) {
                      cache.put(SET, "n" + n, bytes(n, 500));
                    }
                  }
                  return right;
                }));
      }
      for (Future<Boolean> each : all) {
        assertThat(each.get()).isTrue();
      }
    } finally {
      threads.shutdown();
    }
    assertThat(one.counts().damaged() + other.counts().damaged()).isZero();
    assertThat(one.counts().failed() + other.counts().failed()).isZero();
    assertThat(one.counts().hits()).isPositive();
  }

  /** Reads the numbers, each with its bytes; returns how many were there. */
  private static long read(DiskCache cache, String source, Iterable<Integer> numbers) {
    long before = cache.counts().hits();
    for (int n : numbers) {
      if (cache.get(source, "n" + n).isEmpty()) {
        cache.put(source, "n" + n, bytes(n, 500 - HEADER));
      }
    }
    return cache.counts().hits() - before;
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void shouldHaveHalfOfASetOfTwiceTheLimitInEachEpochWhateverItsOrder() throws Exception {
    DiskCache cache = open();
    List<Integer> order = new ArrayList<>(numbers(40));
    assertThat(read(cache, SET, order)).isZero();
    // The same again is what a cache of the newest is worst at.
    assertThat(read(cache, SET, order)).isEqualTo(20);
    for (int epoch = 0; epoch < 5; epoch++) {
      Collections.shuffle(order, new Random(epoch));
      clock.pass(Duration.ofHours(1));
      assertThat(read(cache, SET, order)).isEqualTo(20);
    }
    assertThat(size(folder)).isEqualTo(LIMIT);
    assertThat(cache.counts()).isEqualTo(new DiskCache.Counts(120, 160, 20, 140, 0, 0, 0));
  }

  @Test
  void shouldMakeRoomByASourceThatNobodyReadsAnyMore() throws Exception {
    read(open(), "old", numbers(20));
    DiskCache cache = open();
    clock.pass(Duration.ofMinutes(5));
    assertThat(cache.get("old", "n1")).isPresent();
    read(cache, SET, numbers(5));
    assertThat(cache.counts().evicted()).isZero();
    clock.pass(Duration.ofMinutes(11));
    read(cache, SET, numbers(1));
    assertThat(cache.counts().evicted()).isEqualTo(3);
    assertThat(cache.get("old", "n0")).isEmpty();
    assertThat(cache.get("old", "n1")).isPresent();
    clock.pass(Duration.ofMinutes(11));
    read(cache, SET, numbers(40));
    assertThat(read(cache, SET, numbers(40))).isEqualTo(20);
    assertThat(size(folder)).isEqualTo(LIMIT);
    assertThat(cache.get("old", "n1")).isEmpty();
  }

  @Test
  void shouldNotMakeRoomByWhatAnotherProcessReads() throws Exception {
    DiskCache theirs = open();
    read(theirs, "theirs", numbers(20));
    DiskCache cache = open();
    for (int i = 0; i < 5; i++) {
      clock.pass(Duration.ofMinutes(9));
      read(theirs, "theirs", List.of(i));
      read(cache, SET, numbers(10));
    }
    assertThat(cache.counts().evicted()).isZero();
    assertThat(read(theirs, "theirs", numbers(20))).isEqualTo(20);
  }

  @Test
  void shouldTakeFilesOfAnEarlierVersionForThoseThatNobodyReads() throws Exception {
    Path earlier = Files.createDirectory(folder.resolve("ab")).resolve("ab".repeat(32));
    Files.write(earlier, new byte[(int) LIMIT]);
    Files.setLastModifiedTime(earlier, FileTime.from(clock.instant()));
    clock.pass(Duration.ofHours(1));
    DiskCache cache = open();
    assertThat(size(folder)).isEqualTo(LIMIT);
    read(cache, SET, numbers(20));
    assertThat(earlier).doesNotExist();
    assertThat(read(cache, SET, numbers(20))).isEqualTo(20);
  }

  @AfterTry
  void deleteOwn() throws IOException {
    Folders.delete(own);
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void shouldTakeWhatFitsAndKeepIt(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4000) int largest) throws Exception {
    own = Files.createTempDirectory("cache");
    SplittableRandom random = new SplittableRandom(seed);
    DiskCache cache = DiskCache.open(own, LIMIT, new Ticking());
    Map<String, Integer> model = new LinkedHashMap<>();
    for (int i = 0; i < 120; i++) {
      int n = random.nextInt(25);
      String name = "n" + n;
      Optional<ByteString> found = cache.get(SET, name);
      assertThat(found.isPresent()).isEqualTo(model.containsKey(name));
      if (found.isEmpty()) {
        int size = random.nextInt(largest);
        cache.put(SET, name, bytes(n, size));
        if (sum(model) + size + HEADER <= LIMIT) {
          model.put(name, size);
        }
      }
      assertThat(size(own)).isEqualTo(sum(model));
    }
  }

  /** Against a list in memory that is searched from its beginning. */
  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void shouldEvictWhatWasNotUsedForLongestOfSourcesThatNobodyReads(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4000) int largest) throws Exception {
    own = Files.createTempDirectory("cache");
    SplittableRandom random = new SplittableRandom(seed);
    DiskCache cache = DiskCache.open(own, LIMIT, new Ticking(), NONE);
    Map<String, Integer> model = new LinkedHashMap<>();
    for (int i = 0; i < 120; i++) {
      int n = random.nextInt(25);
      String name = "n" + n;
      Optional<ByteString> found = cache.get(SET, name);
      assertThat(found.isPresent()).isEqualTo(model.containsKey(name));
      if (found.isPresent()) {
        int size = model.remove(name);
        assertThat(found).contains(bytes(n, size));
        model.put(name, size);
      } else {
        int size = random.nextInt(largest);
        cache.put(SET, name, bytes(n, size));
        expectRoom(model, size + HEADER);
        model.put(name, size);
      }
      assertThat(size(own)).isLessThanOrEqualTo(LIMIT).isEqualTo(sum(model));
    }
  }

  private static void expectRoom(Map<String, Integer> model, int size) {
    if (sum(model) + size <= LIMIT) {
      return;
    }
    Iterator<Map.Entry<String, Integer>> oldest = model.entrySet().iterator();
    while (oldest.hasNext() && sum(model) > LIMIT * 9 / 10 - size) {
      oldest.next();
      oldest.remove();
    }
  }

  private static long sum(Map<String, Integer> model) {
    return model.values().stream().mapToLong(size -> size + HEADER).sum();
  }

  /** Whenever the one that makes room asks for the time, another one reads and writes. */
  @Test
  void shouldServeOthersWhileOneLooksThroughTheFolder() throws Exception {
    Thread looking = Thread.currentThread();
    AtomicInteger served = new AtomicInteger();
    AtomicReference<Runnable> other = new AtomicReference<>(() -> {});
    Clock asked =
        new Ticking() {
          @Override
          public Instant instant() {
            if (Thread.currentThread().equals(looking)) {
              other.get().run();
            }
            return super.instant();
          }
        };
    // Each file is more than a sixteenth of the limit, and so reason to look.
    DiskCache cache = DiskCache.open(folder, LIMIT, asked, NONE);
    cache.put(SET, "first", bytes(0, 700));
    other.set(
        () ->
            CompletableFuture.runAsync(
                    () -> {
                      String name = "other " + served.incrementAndGet();
                      cache.put(SET, name, bytes(1, 700));
                      assertThat(cache.get(SET, name)).contains(bytes(1, 700));
                    })
                .orTimeout(60, TimeUnit.SECONDS)
                .join());
    cache.put(SET, "last", bytes(2, 700));
    other.set(() -> {});
    // For the use of its source, for the room, for the files it finds, for the file it writes.
    assertThat(served).hasValue(4);
    assertThat(cache.get(SET, "last")).contains(bytes(2, 700));
    assertThat(files(folder)).hasSize(6);
  }
}
