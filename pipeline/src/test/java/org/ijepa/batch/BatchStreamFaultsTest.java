package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.util.ByteString;
import com.typesafe.config.ConfigFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.ijepa.augment.Augmentation;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.CropChooser;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.digest.Sha256;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.source.DataSource;
import org.ijepa.store.EmbeddedS3;
import org.ijepa.store.FaultyProxy;
import org.ijepa.store.FaultyProxy.Fault;
import org.ijepa.store.HttpPool;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What reaches a trainer from an S3 server that does everything wrong but lie. */
class BatchStreamFaultsTest {
  private static final int FETCHES = 16;
  private static final int SAMPLES = 96;
  private static final int MICRO_BATCH = 16;
  private static final int MICRO_BATCHES = 12;
  private static final String ROOT = "s3://" + EmbeddedS3.BUCKET + "/set";

  private static ActorSystem<Object> system;
  private static EmbeddedS3 s3;

  @BeforeAll
  static void start() throws Exception {
    system =
        ActorSystem.create(
            Behaviors.ignore(),
            "faults",
            ConfigFactory.parseString(
                    HttpPool.overrides(FETCHES)
                        + "akka.actor.provider = local, akka.loglevel = WARNING")
                .withFallback(ConfigFactory.load()));
    s3 = EmbeddedS3.start();
    Store store = store(s3.access());
    Random random = new Random(3);
    for (int i = 0; i < SAMPLES; i++) {
      byte[] bytes = new byte[20_000 + random.nextInt(40_000)];
      random.nextBytes(bytes);
      // Every seventh is no image: substitutes are read through the faults, too.
      bytes[0] = (byte) (i % 7 == 0 ? 1 : 0);
      store
          .write("%02d.jpg".formatted(i), ByteString.fromArray(bytes))
          .toCompletableFuture()
          .join();
    }
  }

  @AfterAll
  static void stop() {
    s3.close();
    system.terminate();
  }

  private static Store store(S3Access access) {
    RetryPolicy policy =
        new RetryPolicy(
            Duration.ofMillis(1),
            Duration.ofMillis(10),
            Duration.ofMinutes(1),
            Duration.ofMillis(300));
    return Store.open(ROOT, access, policy, system);
  }

  /** Paints an image with the digest of its file, so that a wrong byte anywhere shows. */
  private static final class DigestDecoder implements ImageDecoder {
    private final ImageDecoder real =
        ImageDecoders.open(ImageDecoders.Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT);

    @Override
    public String name() {
      return "digest";
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public void decode(ByteBuffer file, CropChooser crop, int side, ByteBuffer target)
        throws BadImage {
      byte[] bytes = new byte[file.remaining()];
      file.get(bytes);
      if (bytes[0] == 1) {
        real.decode(file.rewind(), crop, side, target);
      }
      byte[] digest = Sha256.hex(bytes).getBytes(StandardCharsets.US_ASCII);
      target.put(digest, 0, side * side * 3);
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private static List<String> batches(S3Access access) throws Exception {
    DataSource source = DataSource.open(store(access), system).toCompletableFuture().join();
    SampleOrder order = new SampleOrder(1, source.index().size(), 32, 1, Tail.CARRY);
    ExecutorService decoding = Executors.newFixedThreadPool(2);
    ImageDecoder decoder = new DigestDecoder();
    BatchStream.Feed feed =
        new BatchStream(
                new BatchPlanner(order, new MaskSampler(MaskRules.corrected(14), 1), MICRO_BATCH),
                new SampleDecoding(
                    order,
                    source,
                    DecodingParts.of(decoder, decoding),
                    new CropRules(0.3, 1, 0.75, 1.25),
                    Augmentation.none(),
                    1,
                    4),
                new BatchStream.Options(
                    MICRO_BATCH, FETCHES, 2, Long.MAX_VALUE, 2, System::nanoTime),
                DecodingPeers.NONE,
                system)
            .start(0, 0, 1);
    List<String> batches = new ArrayList<>();
    try {
      for (int i = 0; i < MICRO_BATCHES; i++) {
        try (MicroBatch batch = feed.pull().toCompletableFuture().get().orElseThrow()) {
          byte[] pixels = new byte[batch.images().capacity()];
          batch.images().duplicate().clear().get(pixels);
          batches.add(Sha256.hex(pixels) + " " + batch.bad());
        }
      }
      return batches;
    } finally {
      feed.cancel();
      decoding.shutdownNow();
      decoder.close();
    }
  }

  @Test
  void shouldBeTheSameWhateverTheServerDoes() throws Exception {
    List<String> undisturbed = batches(s3.access());
    assertThat(undisturbed)
        .doesNotHaveDuplicates()
        .anyMatch(batch -> batch.contains("NOT_AN_IMAGE"));
    try (FaultyProxy proxy = new FaultyProxy(s3.port())) {
      proxy.cycle(
          Fault.CUT_LATER,
          Fault.SLOW,
          Fault.UNAVAILABLE,
          Fault.CUT_LATER,
          Fault.CUT,
          Fault.TRICKLE);
      assertThat(batches(EmbeddedS3.access(proxy.port()))).isEqualTo(undisturbed);
      assertThat(proxy.connections()).isGreaterThan(50);
    }
  }
}
