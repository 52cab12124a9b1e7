package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.japi.Pair;
import akka.pattern.Patterns;
import akka.stream.SinkRef;
import akka.stream.SourceRef;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.StreamRefs;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.ijepa.augment.Augmentation;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.BatchStream;
import org.ijepa.batch.BatchStream.Feed;
import org.ijepa.batch.DecodeJournal;
import org.ijepa.batch.DecodingParts;
import org.ijepa.batch.DecodingPeers;
import org.ijepa.batch.MicroBatch;
import org.ijepa.batch.SampleDecoding;
import org.ijepa.batch.SampleDecoding.Decoded;
import org.ijepa.batch.SharedWork.Wanted;
import org.ijepa.coordinator.RunListener;
import org.ijepa.decode.DecoderDouble;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.decoding.DecodingClient;
import org.ijepa.decoding.DecodingService;
import org.ijepa.decoding.RemoteDecoding;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two members of a cluster in this process, over sockets: one trains, one decodes for it. */
class RemoteDecodingTest {
  @TempDir private Path folder;
  private final List<ActorSystem<?>> systems = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private ActorSystem<Object> services;
  private ImageDecoder decoder;
  private Settings settings;
  private DataSource source;
  private BatchPlanner planner;
  private SampleDecoding decoding;

  @BeforeEach
  void open() throws Exception {
    Path images = SmallRun.images(folder.resolve("images"));
    Files.write(images.resolve("003.png"), new byte[] {1, 2, 3});
    settings = SmallRun.settings(images, "cluster.roles=[pipeline]");
    services = Services.start(16);
    decoder = ImageDecoders.open(ImageDecoders.Choice.AUTO, 1_000_000);
    RetryPolicy retry =
        new RetryPolicy(
            Duration.ofMillis(1), Duration.ofMillis(2), Duration.ZERO, Duration.ofSeconds(30));
    source =
        DataSource.open(
                Store.open(images.toString(), Models.s3(settings), retry, services), services)
            .toCompletableFuture()
            .join();
    SampleOrder order = new SampleOrder(settings.seed(), source.index().size(), 8, 2, Tail.DROP);
    planner =
        new BatchPlanner(order, new MaskSampler(Models.maskRules(settings), settings.seed()), 2);
    decoding = decoding(DecodingParts.of(decoder, threads));
  }

  private SampleDecoding decoding(DecodingParts parts) {
    return new SampleDecoding(
        planner.order(),
        source,
        parts,
        Models.cropRules(settings),
        new Augmentation(true, 1, true),
        settings.seed(),
        32);
  }

  @AfterEach
  void close() throws Exception {
    systems.forEach(Services::stop);
    Services.stop(services);
    threads.shutdown();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    decoder.close();
  }

  private ActorSystem<?> member(Consumer<ActorContext<Object>> spawn) {
    ActorSystem<Object> system =
        ActorSystem.create(
            Behaviors.setup(
                context -> {
                  spawn.accept(context);
                  return Behaviors.ignore();
                }),
            "ijepa",
            ClusterConfig.of(settings.cluster()));
    systems.add(system);
    Cluster first = Cluster.get(systems.get(0));
    Cluster.get(system).manager().tell(Join.create(first.selfMember().address()));
    return system;
  }

  private Feed feed(DecodingPeers peers) {
    return new BatchStream(
            planner,
            decoding,
            new BatchStream.Options(2, 2, 1, Long.MAX_VALUE, 2, System::nanoTime),
            peers,
            services)
        .start(0, 0, 1);
  }

  /** All that a trainer gets of the next micro-batch, as a digest. */
  private static String next(Feed feed) throws Exception {
    Optional<MicroBatch> pulled = feed.pull().toCompletableFuture().get();
    try (MicroBatch batch = pulled.orElseThrow()) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String text =
          batch.plan().step()
              + " "
              + batch.plan().slots()
              + batch.bad()
              + batch.attempt(0)
              + batch.attempt(1);
      digest.update(text.getBytes(StandardCharsets.UTF_8));
      ByteBuffer pixels = batch.images().duplicate();
      digest.update(pixels.clear());
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  /** What a node sends for a sample that it decoded. */
  private interface Sending {
    List<ByteString> pieces(long id, Decoded decoded, ByteString pixels);
  }

  private static ByteString frame(long id, Decoded decoded, ByteString pixels) {
    try {
      byte[] head =
          new ObjectMapper(new CBORFactory())
              .writeValueAsBytes(
                  Map.of("id", id, "attempt", decoded.attempt(), "bad", decoded.bad()));
      ByteBuffer lengths = ByteBuffer.allocate(8);
      lengths.putInt(4 + head.length + pixels.size()).putInt(head.length).flip();
      return ByteString.fromByteBuffer(lengths).concat(ByteString.fromArray(head)).concat(pixels);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Decodes as the service does, and sends what the test says. */
  private Behavior<DecodingService.Command> sender(Sending sending) {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .receptionist()
              .tell(
                  Receptionist.register(
                      ServiceKey.create(DecodingService.Command.class, "decoding"),
                      context.getSelf()));
          return Behaviors.receive(DecodingService.Command.class)
              .onMessage(
                  DecodingService.Open.class,
                  open -> {
                    Pair<SinkRef<Wanted>, SourceRef<ByteString>> stream =
                        StreamRefs.<Wanted>sinkRef()
                            .mapAsync(1, wanted -> sent(wanted, sending))
                            .mapConcat(pieces -> pieces)
                            .toMat(StreamRefs.<ByteString>sourceRef(), Keep.both())
                            .run(context.getSystem());
                    open.replyTo()
                        .tell(new DecodingService.Opened(4, stream.first(), stream.second()));
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private CompletionStage<List<ByteString>> sent(Wanted wanted, Sending sending) {
    ByteBuffer pixels = ByteBuffer.allocateDirect(decoding.imageBytes());
    return decoding
        .fetch(wanted.place())
        .thenCompose(file -> decoding.decode(wanted.place(), file, pixels))
        .thenApply(
            decoded ->
                sending.pieces(
                    wanted.id(), decoded, ByteString.fromByteBuffer(pixels.duplicate().clear())));
  }

  /**
   * Feeds a trainer while some other node behaves in its way.
   *
   * @param done whether enough has been seen: notes and how many samples came from elsewhere
   */
  private void assertSameBitsBeside(
      Behavior<DecodingService.Command> other, BiPredicate<List<String>, Long> done)
      throws Exception {
    List<String> notes = new CopyOnWriteArrayList<>();
    RunListener listener = SmallRun.noting(notes);
    RemoteDecoding remote = new RemoteDecoding();
    CompletableFuture<Void> known = new CompletableFuture<>();
    member(
        context -> {
          remote.use(
              context.spawn(
                  DecodingClient.create(
                      new DecodingClient.Parts("run", "a", decoding.imageBytes(), listener)),
                  "client"));
          known.complete(null);
        });
    known.join();
    Feed feed = feed(remote);
    List<String> given = new ArrayList<>();
    member(context -> context.spawn(other, "other"));
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              given.add(next(feed));
              return done.test(notes, feed.counts().elsewhere().out());
            });
    for (int i = 0; i < 20; i++) {
      given.add(next(feed));
    }
    feed.cancel();
    Feed alone = feed(DecodingPeers.NONE);
    List<String> expected = new ArrayList<>();
    while (expected.size() < given.size()) {
      expected.add(next(alone));
    }
    alone.cancel();
    assertThat(given).isEqualTo(expected);
  }

  private static boolean has(List<String> notes, String words) {
    return notes.stream().anyMatch(note -> note.contains(words));
  }

  @Test
  void shouldDoWithoutANodeOfAnotherRun() throws Exception {
    assertSameBitsBeside(
        DecodingService.create(
            new DecodingService.Parts(
                "another run", decoding, 2, 1, Long.MAX_VALUE, RunListener.NONE)),
        (notes, elsewhere) ->
            has(notes, "does not decode here: it decodes for a run of other data or settings"));
  }

  @Test
  void shouldDecodeForOthersOnceItHasHeardTheNews() throws Exception {
    AtomicInteger waiting = new AtomicInteger();
    AtomicInteger tooEarly = new AtomicInteger();
    Supplier<CompletionStage<Done>> news =
        () -> {
          waiting.incrementAndGet();
          return Patterns.after(
              Duration.ofMillis(300),
              services,
              () -> {
                waiting.decrementAndGet();
                return CompletableFuture.completedStage(Done.getInstance());
              });
        };
    ImageDecoder listening =
        new DecoderDouble(
            decoder.channels(),
            (file, crop, side, target) -> {
              if (waiting.get() > 0) {
                tooEarly.incrementAndGet();
              }
              decoder.decode(file, crop, side, target);
            });
    SampleDecoding elsewhere =
        decoding(new DecodingParts(listening, threads, DecodeJournal.NONE, news));
    assertSameBitsBeside(
        DecodingService.create(
            new DecodingService.Parts("run", elsewhere, 2, 1, Long.MAX_VALUE, RunListener.NONE)),
        (notes, count) -> count >= 30);
    assertThat(tooEarly).hasValue(0);
  }

  @Test
  void shouldDropSamplesThatHaveComeAlready() throws Exception {
    assertSameBitsBeside(
        sender(
            (id, decoded, pixels) -> {
              ByteString frame = frame(id, decoded, pixels);
              ByteString unknown = frame(id + 1_000_000, decoded, pixels);
              return List.of(frame, frame, unknown);
            }),
        (notes, elsewhere) -> elsewhere >= 30);
  }

  @Test
  void shouldLeaveANodeThatBringsImagesOfAnotherSize() throws Exception {
    assertSameBitsBeside(
        sender(
            (id, decoded, pixels) ->
                List.of(frame(id, decoded, id % 5 == 4 ? pixels.drop(3) : pixels))),
        (notes, elsewhere) ->
            has(notes, "brings no samples for now: an image of 3069 bytes instead of 3072"));
  }

  @Test
  void shouldLeaveANodeThatBringsNoFrames() throws Exception {
    assertSameBitsBeside(
        sender(
            (id, decoded, pixels) ->
                List.of(
                    id % 5 == 4
                        ? ByteString.fromInts(0, 0, 0, 8, 0, 0, 1, 0, 1, 2, 3, 4)
                        : frame(id, decoded, pixels))),
        (notes, elsewhere) -> has(notes, "a frame of 12 bytes with a head of 256"));
  }

  @Test
  void shouldLeaveANodeWhoseStreamFails() throws Exception {
    assertSameBitsBeside(
        sender(
            (id, decoded, pixels) -> {
              if (id % 5 == 4) {
                throw new IllegalStateException("the disk is gone");
              }
              return List.of(frame(id, decoded, pixels));
            }),
        (notes, elsewhere) -> has(notes, "brings no samples for now: "));
  }

  @Test
  void shouldFeedTheSameBitsWithNodesThatComeAndGo() throws Exception {
    RemoteDecoding remote = new RemoteDecoding();
    CompletableFuture<Void> known = new CompletableFuture<>();
    member(
        context -> {
          remote.use(
              context.spawn(
                  DecodingClient.create(
                      new DecodingClient.Parts(
                          "run", "a", decoding.imageBytes(), RunListener.NONE)),
                  "client"));
          known.complete(null);
        });
    // Of a client that comes later no stream would be told.
    known.join();
    List<String> given = new ArrayList<>();
    Feed feed = feed(remote);
    given.add(next(feed));
    ActorSystem<?> other =
        member(
            context ->
                context.spawn(
                    DecodingService.create(
                        new DecodingService.Parts(
                            "run", decoding, 2, 1, Long.MAX_VALUE, RunListener.NONE)),
                    "decoding"));
    // A cluster takes its time to form, in which any number of small batches can be decoded here.
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              given.add(next(feed));
              return feed.counts().elsewhere().out() >= 40;
            });
    other.terminate();
    for (int i = 0; i < 60; i++) {
      given.add(next(feed));
    }
    other.getWhenTerminated().toCompletableFuture().join();
    for (int i = 0; i < 60; i++) {
      given.add(next(feed));
    }
    feed.cancel();

    Feed alone = feed(DecodingPeers.NONE);
    List<String> expected = new ArrayList<>();
    while (expected.size() < given.size()) {
      expected.add(next(alone));
    }
    assertThat(alone.counts().elsewhere().out()).isZero();
    alone.cancel();
    assertThat(given).isEqualTo(expected);
  }
}
