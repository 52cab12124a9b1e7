package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.ijepa.decode.BadImage;
import org.ijepa.source.Samples;
import org.ijepa.store.Hedges;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ViewLoaderTest {
  private static final long BUDGET = 1000;
  private static final int LARGE = 77;
  private static final int BAD = 113;

  private final Files files = new Files();
  private final ViewLoader loader = new ViewLoader(3, BUDGET);

  @AfterEach
  void close() {
    loader.close();
  }

  @Test
  void shouldHoldNoMoreThanItsBudgetOfFiles() {
    long[] samples = LongStream.range(0, 200).map(i -> (i * 37) % 200).toArray();
    ByteBuffer target = ByteBuffer.allocateDirect(samples.length);

    List<Optional<BadImage>> bad =
        loader.begin(files, samples, files::view, target, Byte.BYTES).await();

    for (int i = 0; i < samples.length; i++) {
      boolean isBad = samples[i] == BAD;
      assertThat(bad.get(i).isPresent()).isEqualTo(isBad);
      assertThat(target.get(i)).isEqualTo(isBad ? 0 : (byte) samples[i]);
    }
    assertThat(files.held).isZero();
    assertThat(files.mostAtOnce).isBetween(BUDGET / 2, BUDGET);
  }

  /** They count their bytes from the read until the view of them is made. */
  private static final class Files implements Samples {
    private long held;
    private long mostAtOnce;

    void view(long sample, ByteString file, ByteBuffer slot) throws BadImage {
      slot.put(slot.position(), file.head());
      change(-bytes(sample));
      if (sample == BAD) {
        slot.put(slot.position(), (byte) 0);
        throw BadImage.ofSize(bytes(sample), 0);
      }
    }

    private synchronized void change(long bytes) {
      held += bytes;
      if (held != bytes(LARGE)) {
        mostAtOnce = Math.max(mostAtOnce, held);
      }
    }

    @Override
    public long size() {
      return 200;
    }

    @Override
    public String name(long sample) {
      return "image " + sample;
    }

    /** One has more than the budget. */
    @Override
    public long bytes(long sample) {
      return sample == LARGE ? 5 * BUDGET : 100 + sample;
    }

    @Override
    public CompletionStage<ByteString> fetch(long sample) {
      change(bytes(sample));
      return CompletableFuture.supplyAsync(() -> ByteString.fromArray(new byte[] {(byte) sample}));
    }

    @Override
    public CompletionStage<ByteString> again(long sample, ByteString doubted) {
      return CompletableFuture.completedStage(doubted);
    }

    @Override
    public Hedges hedges() {
      throw new UnsupportedOperationException();
    }

    @Override
    public String fingerprint() {
      return "files";
    }
  }
}
