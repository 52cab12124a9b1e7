package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.util.ByteString;
import com.typesafe.config.ConfigFactory;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.ijepa.augment.Augmentation;
import org.ijepa.cache.DiskCache;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.source.DataSource;
import org.ijepa.source.Samples;
import org.ijepa.source.Tars;
import org.ijepa.store.EmbeddedS3;
import org.ijepa.store.FaultyProxy;
import org.ijepa.store.HttpPool;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.ijepa.store.Verify;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Wrong bytes on the way from S3 are no bad sample. */
final class DamagedReadTest {
  private static final int IMAGES = 8;
  private static final int SIDE = 16;

  /** Is no image, whoever reads it. */
  private static final int BROKEN = 3;

  private static ActorSystem<Object> system;
  private static EmbeddedS3 s3;
  private static ImageDecoder decoder;

  @TempDir Path folder;
  private FaultyProxy proxy;
  private DiskCache cache;

  /** Ways to a sample. */
  private enum Way {
    OBJECTS,
    CACHED_OBJECTS,
    MEMBERS,
    CACHED_MEMBERS,
    PIECES
  }

  @BeforeAll
  static void start() throws Exception {
    system =
        ActorSystem.create(
            Behaviors.ignore(),
            "damage",
            ConfigFactory.parseString(
                    HttpPool.overrides(4) + "akka.actor.provider = local, akka.loglevel = WARNING")
                .withFallback(ConfigFactory.load()));
    decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT);
    s3 = EmbeddedS3.start();
    SplittableRandom random = new SplittableRandom(5);
    Tars tars = Tars.gnu();
    for (int i = 0; i < IMAGES; i++) {
      byte[] image = image(random);
      image[1] = i == BROKEN ? (byte) 'X' : image[1];
      s3.put("objects/%d.png".formatted(i), image);
      tars.with("%d.png".formatted(i), image);
    }
    s3.put("shards/0.tar", tars.bytes());
  }

  private static byte[] image(SplittableRandom random) throws IOException {
    BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 1600; i++) {
      image.setRGB(i % 40, i / 40, random.nextInt(1 << 24));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  @AfterAll
  static void stop() {
    decoder.close();
    s3.close();
    system.terminate();
  }

  @BeforeEach
  void begin() throws IOException {
    proxy = new FaultyProxy(s3.port());
    cache = DiskCache.open(folder.resolve("cache"), Long.MAX_VALUE, Clock.systemUTC());
  }

  @AfterEach
  void end() throws IOException {
    proxy.close();
  }

  private Store store(String uri, Verify verify) {
    RetryPolicy policy =
        new RetryPolicy(
            Duration.ofMillis(1),
            Duration.ofMillis(10),
            Duration.ofMinutes(1),
            Duration.ofSeconds(30));
    S3Access access = EmbeddedS3.access(proxy.port());
    return Store.open(
        uri,
        new S3Access(access.endpoint(), access.region(), access.anonymous(), verify),
        policy,
        system);
  }

  private DataSource source(Way way, Verify verify) {
    boolean objects = way == Way.OBJECTS || way == Way.CACHED_OBJECTS;
    DataSource plain =
        DataSource.open(
                "s3://" + EmbeddedS3.BUCKET + (objects ? "/objects" : "/shards"),
                uri -> store(uri, verify),
                Optional.empty(),
                system)
            .toCompletableFuture()
            .join();
    assertThat(plain.size()).isEqualTo(IMAGES);
    return switch (way) {
      case OBJECTS, MEMBERS -> plain;
      case CACHED_OBJECTS, CACHED_MEMBERS -> plain.cached(cache, system.executionContext());
      case PIECES -> plain.inPieces(IMAGES, 1, 64 << 20);
    };
  }

  private static SampleOrder order() {
    return new SampleOrder(1, IMAGES, IMAGES, 1, Tail.DROP);
  }

  private static SampleDecoding decoding(Samples source) {
    return new SampleDecoding(
        order(),
        source,
        DecodingParts.of(decoder, Runnable::run),
        new CropRules(0.3, 1, 0.75, 1.25),
        Augmentation.none(),
        1,
        SIDE);
  }

  /** What comes of the first epoch's places: attempt, what was bad, pixels. */
  private static List<String> epoch(Samples source) {
    SampleDecoding decoding = decoding(source);
    List<String> found = new ArrayList<>();
    for (int slot = 0; slot < IMAGES; slot++) {
      var place = order().place(0, slot);
      ByteBuffer target = ByteBuffer.allocateDirect(decoding.imageBytes());
      SampleDecoding.Decoded decoded =
          decoding
              .fetch(place)
              .thenCompose(file -> decoding.decode(place, file, target))
              .toCompletableFuture()
              .join();
      byte[] pixels = new byte[decoding.imageBytes()];
      target.clear().get(pixels);
      found.add(decoded + " " + ByteString.fromArray(pixels).hashCode());
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeReadAgainAndNeverReplacedByAnotherImage(Way way) {
    List<String> undisturbed = epoch(source(way, Verify.SUSPECT));
    // One is bad by itself, and so might its substitute be.
    assertThat(undisturbed).anyMatch(sample -> sample.contains("NOT_AN_IMAGE"));
    assertThat(undisturbed.stream().filter(sample -> sample.startsWith("Decoded[attempt=0")))
        .hasSize(IMAGES - 1);
    cache = anotherCache("other");
    DataSource source = source(way, Verify.SUSPECT);
    // A piece begins with the header of its first member.
    proxy.flip(1, way == Way.PIECES ? 512 : 0);
    assertThat(epoch(source)).isEqualTo(undisturbed);
    assertThat(proxy.flipsLeft()).isZero();
    assertThat(source.hedges().retries()).isEqualTo(1);
    // What was kept is right.
    long retries = source.hedges().retries();
    assertThat(epoch(source)).isEqualTo(undisturbed);
    assertThat(source.hedges().retries()).isEqualTo(retries);
  }

  private DiskCache anotherCache(String name) {
    try {
      return DiskCache.open(folder.resolve(name), Long.MAX_VALUE, Clock.systemUTC());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldPutIntoTheCacheWhatTheServerHas() {
    DataSource direct = source(Way.OBJECTS, Verify.SUSPECT);
    DataSource cached = source(Way.CACHED_OBJECTS, Verify.SUSPECT);
    proxy.flip(1, 0);
    ByteString first = cached.fetch(0).toCompletableFuture().join();
    assertThat(proxy.flipsLeft()).isZero();
    assertThat(first).isEqualTo(direct.fetch(0).toCompletableFuture().join());
    assertThat(cached.fetch(0).toCompletableFuture().join()).isEqualTo(first);
    assertThat(cache.counts().hits()).isEqualTo(1);
  }

  @Test
  void shouldReplaceWhatCameIntoTheCacheUnchecked() {
    List<String> undisturbed = epoch(source(Way.OBJECTS, Verify.SUSPECT));
    DataSource unchecked = source(Way.CACHED_OBJECTS, Verify.NEVER);
    proxy.flip(1, 0);
    ByteString wrong = unchecked.fetch(0).toCompletableFuture().join();
    assertThat(epoch(unchecked)).isEqualTo(undisturbed);
    assertThat(cache.counts().damaged()).isEqualTo(1);
    assertThat(unchecked.fetch(0).toCompletableFuture().join()).isNotEqualTo(wrong);
    assertThat(unchecked.hedges().retries()).isEqualTo(1);
  }

  @Test
  void shouldEndTheRunResumablyWhereBytesStayWrong() {
    DataSource source = source(Way.OBJECTS, Verify.SUSPECT);
    proxy.flip(Integer.MAX_VALUE, 0);
    assertThatThrownBy(() -> epoch(source))
        .hasCauseInstanceOf(Failure.class)
        .satisfies(
            e -> assertThat(((Failure) e.getCause()).exitCode()).isEqualTo(ExitCode.INTERRUPTED))
        .hasMessageContaining("its bytes are twice the same");
  }

  @Test
  void shouldEndTheRunResumablyWhereEachReadBringsOtherBytes() {
    AtomicInteger reads = new AtomicInteger();
    Samples unsteady =
        new SamplesDouble(IMAGES) {
          @Override
          public CompletionStage<ByteString> fetch(long sample) {
            return CompletableFuture.completedStage(
                ByteString.fromString("read " + reads.incrementAndGet()));
          }

          @Override
          public CompletionStage<ByteString> again(long sample, ByteString doubted) {
            return fetch(sample);
          }
        };
    assertThatThrownBy(() -> epoch(unsteady))
        .hasCauseInstanceOf(Failure.class)
        .hasMessageContaining("other bytes each of 9 times");
    assertThat(reads).hasValue(9);
  }
}
