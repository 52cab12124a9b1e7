package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.util.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.ijepa.batch.DecodeJournal.Left;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.CropChooser;
import org.ijepa.decode.DecoderDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleViewsTest {
  private static final int SIDE = 2;
  private static final byte BAD = 7;

  @TempDir Path temp;

  private final ExecutorService threads =
      Executors.newFixedThreadPool(2, work -> new Thread(work, "decoder"));
  private final List<String> decoded = new ArrayList<>();
  private DecodeJournal journal;
  private SampleViews views;

  /** Ten files of one byte each, which is their number. */
  private static final class Numbers extends SamplesDouble {
    Numbers() {
      super(10);
    }

    @Override
    public CompletionStage<ByteString> fetch(long sample) {
      return CompletableFuture.completedStage(ByteString.fromInts((int) sample));
    }

    @Override
    public CompletionStage<ByteString> again(long sample, ByteString doubted) {
      return fetch(sample);
    }
  }

  /** Writes the file's byte everywhere, and keeps what a process would leave that ends in it. */
  private void copy(ByteBuffer file, CropChooser crop, int side, ByteBuffer target)
      throws BadImage {
    decoded.add(Thread.currentThread().getName() + " " + left());
    if (file.get(0) == BAD) {
      throw BadImage.ofSize(BAD, 1);
    }
    for (int i = 0; i < side * side; i++) {
      target.put(file.get(0));
    }
  }

  @BeforeEach
  void open() throws IOException {
    journal = DecodeJournal.begin(temp.resolve("decoding"), "00", 2);
    views =
        new SampleViews(
            new Numbers(),
            new DecodingParts(
                new DecoderDouble(1, this::copy), threads, journal, DecodingParts.NO_NEWS),
            SIDE);
  }

  @AfterEach
  void close() throws IOException {
    threads.shutdownNow();
    journal.close();
  }

  /** Samples that a copy of the journal has, which nobody holds. */
  private List<Long> left() {
    Path copy = temp.resolve("copy");
    try {
      Files.deleteIfExists(copy);
      Files.copy(DecodeJournal.all(temp.resolve("decoding")).get(0), copy);
      try (Left left = Left.take(copy).orElseThrow()) {
        return left.samples();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldDecodeOnItsThreadsWithAWordInTheJournal() throws Exception {
    assertThat(views.of(3)).containsExactly(3, 3, 3, 3);
    assertThat(decoded).containsExactly("decoder [3]");
    assertThat(left()).isEmpty();
  }

  @Test
  void shouldTellWhoAsksThatASampleIsBad() {
    assertThatThrownBy(() -> views.of(BAD))
        .isInstanceOf(BadImage.class)
        .hasMessageContaining("7 bytes");
    assertThat(decoded).containsExactly("decoder [7]");
    assertThat(left()).isEmpty();
  }

  @Test
  void shouldDecodeNothingOnceTheThreadsHaveEnded() {
    threads.shutdown();
    assertThatThrownBy(() -> views.of(3)).isInstanceOf(RejectedExecutionException.class);
    assertThat(decoded).isEmpty();
  }
}
