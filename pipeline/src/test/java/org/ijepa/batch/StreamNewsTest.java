package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;

import akka.Done;
import akka.pattern.Patterns;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.ijepa.augment.Augmentation;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.DecoderDouble;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.source.DataSource;
import org.junit.jupiter.api.Test;

/** A stream hears what others have found out of files before it decodes any. */
class StreamNewsTest extends StreamOfFilesTest {
  /** In which a stream that did not wait would decode. */
  private static final Duration MOMENT = Duration.ofMillis(300);

  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger heard = new AtomicInteger();
  private final AtomicInteger tooEarly = new AtomicInteger();

  StreamNewsTest() {
    super(2);
  }

  private CompletionStage<Done> news() {
    asked.incrementAndGet();
    return Patterns.after(
        MOMENT,
        system,
        () -> {
          heard.incrementAndGet();
          return CompletableFuture.completedStage(Done.getInstance());
        });
  }

  @Test
  void shouldBeWaitedForByEachStream() throws Exception {
    ImageDecoder listening =
        new DecoderDouble(
            3,
            (file, crop, side, target) -> {
              if (heard.get() < asked.get()) {
                tooEarly.incrementAndGet();
              }
            });
    DataSource source = DataSource.open(store(), system).toCompletableFuture().join();
    SampleOrder order = new SampleOrder(1, source.index().size(), 32, 1, Tail.DROP);
    BatchStream streams =
        new BatchStream(
            new BatchPlanner(order, new MaskSampler(MaskRules.corrected(14), 1), 4),
            new SampleDecoding(
                order,
                source,
                new DecodingParts(listening, decoding, DecodeJournal.NONE, this::news),
                new CropRules(0.3, 1, 0.75, 1.25),
                Augmentation.none(),
                1,
                4),
            new BatchStream.Options(4, 2, 2, Long.MAX_VALUE, 1, System::nanoTime),
            DecodingPeers.NONE,
            system);
    pull(streams);
    assertThat(tooEarly).hasValue(0);
    // What is left of the first may decode while the second waits.
    pull(streams);
    assertThat(asked).hasValue(2);
    assertThat(heard).hasValue(2);
  }

  private static void pull(BatchStream streams) throws Exception {
    BatchStream.Feed feed = streams.start(0, 0, 1);
    feed.pull().toCompletableFuture().get().orElseThrow().close();
    feed.cancel();
  }
}
