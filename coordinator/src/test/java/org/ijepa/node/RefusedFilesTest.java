package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.Done;
import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.CrashingFile;
import org.ijepa.decode.DecoderDouble;
import org.ijepa.decode.GuardedDecoder;
import org.ijepa.store.StoreException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RefusedFilesTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final byte[] OWN = {1, 2, 3};
  private static final byte[] OTHERS = {4, 5, 6};

  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private final GuardedDecoder decoder =
      new GuardedDecoder(new DecoderDouble(3, (file, crop, side, target) -> {}));
  private final List<String> notes = new CopyOnWriteArrayList<>();
  private final AtomicInteger reads = new AtomicInteger();

  private volatile List<CrashingFile> list = List.of();
  private volatile CountDownLatch mayRead = new CountDownLatch(0);
  private volatile boolean isDown;

  @AfterEach
  void close() throws Exception {
    mayRead.countDown();
    threads.shutdown();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

  private RefusedFiles files(Duration patience) {
    return new RefusedFiles(decoder, this::read, SmallRun.noting(notes), threads, patience);
  }

  private List<CrashingFile> read() {
    reads.incrementAndGet();
    try {
      mayRead.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (isDown) {
      throw new StoreException(StoreException.Kind.TRANSIENT, "the store is down");
    }
    return list;
  }

  private static CrashingFile file(byte[] bytes) {
    return CrashingFile.of(ByteBuffer.wrap(bytes));
  }

  private void decode(byte[] bytes) throws BadImage {
    decoder.decodeMiddle(ByteString.fromArray(bytes), 1, ByteBuffer.allocateDirect(3));
  }

  private void assertRefused(byte[] bytes) {
    assertThatThrownBy(() -> decode(bytes)).isInstanceOf(BadImage.class);
  }

  private static void await(CompletionStage<Done> news) throws Exception {
    news.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void shouldLearnWhatOthersFoundAndSayItOnce() throws Exception {
    RefusedFiles files = files(LONG);
    decoder.refuse(List.of(file(OWN)));
    await(files.news());
    decode(OTHERS);
    list = List.of(file(OWN), file(OTHERS));
    await(files.news());
    await(files.news());

    assertRefused(OWN);
    assertRefused(OTHERS);
    assertThat(notes)
        .singleElement()
        .asString()
        .contains("a file of 3 bytes takes down the process", file(OTHERS).text());
  }

  @Test
  void shouldKeepWhatItKnowsWhateverTheListSays() throws Exception {
    RefusedFiles files = files(LONG);
    decoder.refuse(List.of(file(OWN)));
    list = List.of(file(OTHERS));
    await(files.news());
    list = List.of();
    await(files.news());

    assertRefused(OWN);
    assertRefused(OTHERS);
  }

  @Test
  void shouldGoOnWithoutAListThatCannotBeRead() throws Exception {
    RefusedFiles files = files(LONG);
    decoder.refuse(List.of(file(OWN)));
    isDown = true;
    await(files.news());

    assertRefused(OWN);
    assertThat(notes).singleElement().asString().contains("is not known: the store is down");
    isDown = false;
    list = List.of(file(OTHERS));
    await(files.news());
    assertRefused(OTHERS);
  }

  @Test
  void shouldNotWaitForASlowListLongerThanItsPatienceAndReadItOnce() throws Exception {
    mayRead = new CountDownLatch(1);
    RefusedFiles files = files(Duration.ofMillis(20));
    list = List.of(file(OTHERS));
    await(files.news());
    await(files.news());
    decode(OTHERS);

    mayRead.countDown();
    Awaitility.await().atMost(LONG).untilAsserted(() -> assertRefused(OTHERS));
    assertThat(reads).hasValue(1);
  }

  @Test
  void shouldBeReadOnceByStreamsThatBeginTogether() throws Exception {
    mayRead = new CountDownLatch(1);
    RefusedFiles files = files(LONG);
    List<CompletionStage<Done>> all = new ArrayList<>();
    for (int stream = 0; stream < 8; stream++) {
      all.add(files.news());
    }
    list = List.of(file(OTHERS));
    mayRead.countDown();
    for (CompletionStage<Done> news : all) {
      await(news);
    }
    assertRefused(OTHERS);
    assertThat(reads).hasValue(1);
  }
}
