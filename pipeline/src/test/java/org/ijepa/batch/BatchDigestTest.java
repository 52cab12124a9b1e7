package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.ijepa.augment.Augmentation;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.digest.Sha256;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.SourceShare;
import org.ijepa.order.Tail;
import org.ijepa.source.DataSource;
import org.ijepa.source.Samples;
import org.ijepa.source.Tars;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What reaches the trainers, from files to pixels: places, masks, attempts, weights and pixels of a
 * step are those of the run, whoever trains, with whatever parallelism, and wherever a start falls.
 * Some files are no images, so that substitutes are among them.
 */
final class BatchDigestTest {
  private static final int SEED = 17;
  private static final int SIDE = 32;
  private static final int GLOBAL_BATCH = 32;
  private static final int STREAMS = 4;
  private static final int MICRO_BATCH = 4;
  private static final int STEPS = 7;
  private static final int MIDDLE = 3;
  private static final int IMAGES = 70;

  /** Trainers, fetches at once, decodes at once, micro-batches ready. */
  private static final int[][] RUNS = {
    {1, 1, 1, 1, Integer.MAX_VALUE},
    {1, 16, 3, 4, 1},
    {2, 3, 2, 2, 20_000},
    {3, 16, 1, 1, 1},
    {8, 2, 3, 3, 5_000}
  };

  @TempDir static Path temp;
  private static ActorTestKit kit;
  private static ExecutorService decoding;
  private static Path folder;
  private static Path shards;

  @BeforeAll
  static void makeImages() throws IOException {
    kit = ActorTestKit.create();
    decoding = Executors.newFixedThreadPool(3);
    folder = Files.createDirectory(temp.resolve("images"));
    shards = Files.createDirectory(temp.resolve("shards"));
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < IMAGES; i++) {
      Files.write(folder.resolve("%03d.jpg".formatted(i)), image(random, i, "jpg"));
    }
    for (int shard = 0; shard < 4; shard++) {
      Tars tar = Tars.pax();
      for (int i = 0; i < 9 + 3 * shard; i++) {
        tar.with("%d/%02d.png".formatted(shard, i), image(random, i, "png"));
      }
      Files.write(shards.resolve("t-%d.tar".formatted(shard)), tar.bytes());
    }
  }

  private static byte[] image(SplittableRandom random, int number, String format)
      throws IOException {
    if (number % 23 == 7) {
      return "no image".getBytes(StandardCharsets.UTF_8);
    }
    BufferedImage image =
        new BufferedImage(
            random.nextInt(24, 90), random.nextInt(24, 90), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    for (int k = 0; k < 8; k++) {
      graphics.setColor(new Color(random.nextInt(1 << 24)));
      graphics.fillOval(random.nextInt(80), random.nextInt(80), 30, 20);
    }
    graphics.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, format, bytes);
    return bytes.toByteArray();
  }

  @AfterAll
  static void stop() {
    decoding.shutdownNow();
    kit.shutdownTestKit();
  }

  private static DataSource open(Path place) {
    RetryPolicy retry =
        new RetryPolicy(
            Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(20));
    return DataSource.open(
            place.toString(),
            root -> Store.open(root, S3Access.amazon(), retry, kit.system()),
            Optional.empty(),
            kit.system())
        .toCompletableFuture()
        .join();
  }

  private static SourceShare share(int perMille, DataSource source) {
    List<Long> sizes = source.index().samplesOfShards();
    return new SourceShare(
        perMille, source.size(), sizes.isEmpty() ? Shards.NONE : new Shards(sizes, 8));
  }

  /** Digest of each step that all trainers of a run get together. */
  private static List<String> digests(
      Samples samples, SampleOrder order, int firstStep, int[] run, ImageDecoder decoder)
      throws Exception {
    MaskRules masks = MaskRules.corrected(14).withGroupSize(GLOBAL_BATCH / STREAMS);
    BatchPlanner planner = new BatchPlanner(order, new MaskSampler(masks, SEED), MICRO_BATCH);
    BatchStream.Options options =
        new BatchStream.Options(MICRO_BATCH, run[1], run[2], run[4], run[3], System::nanoTime);
    SampleDecoding decoded =
        new SampleDecoding(
            order,
            samples,
            DecodingParts.of(decoder, decoding),
            CropRules.published(),
            new Augmentation(true, 1, true),
            SEED,
            SIDE);
    BatchStream stream =
        new BatchStream(planner, decoded, options, DecodingPeers.NONE, kit.system());
    int world = run[0];
    List<BatchStream.Feed> feeds = new ArrayList<>();
    for (int rank = 0; rank < world; rank++) {
      feeds.add(stream.start(firstStep, rank, world));
    }
    List<String> digests = new ArrayList<>();
    for (int step = firstStep; step < STEPS; step++) {
      Map<Integer, byte[]> parts = new TreeMap<>();
      for (int rank = 0; rank < world; rank++) {
        for (int i = 0; i < planner.count(rank, world); i++) {
          try (MicroBatch batch =
              feeds
                  .get(rank)
                  .pull()
                  .toCompletableFuture()
                  .get(60, TimeUnit.SECONDS)
                  .orElseThrow()) {
            assertThat(batch.plan().step()).isEqualTo(step);
            assertThat(batch.plan().slots()).hasSize(MICRO_BATCH);
            assertThat(batch.images().capacity()).isEqualTo(MICRO_BATCH * SIDE * SIDE * 3);
            parts.put(batch.plan().number(), MicroBatchBytes.of(batch));
          }
        }
      }
      assertThat(parts).hasSize(planner.microBatchesPerStep());
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      parts.values().forEach(all::writeBytes);
      digests.add(Sha256.hex(all.toByteArray()));
    }
    feeds.forEach(BatchStream.Feed::cancel);
    return digests;
  }

  private static void assertAlike(String name, List<DataSource> sources, SampleOrder order)
      throws Exception {
    Samples samples = Samples.of(sources);
    try (ImageDecoder decoder =
        ImageDecoders.open(ImageDecoders.Choice.AUTO, ImageDecoders.PILLOW_PIXEL_LIMIT)) {
      List<String> whole = digests(samples, order, 0, RUNS[0], decoder);
      assertThat(whole).hasSize(STEPS).doesNotHaveDuplicates();
      print(name, RUNS[0], 0, whole);
      for (int i = 0; i < RUNS.length; i++) {
        int[] run = RUNS[i];
        if (i > 0) {
          List<String> again = digests(samples, order, 0, run, decoder);
          print(name, run, 0, again);
          assertThat(again).as("%s, %d trainers", name, run[0]).isEqualTo(whole);
        }
        List<String> rest = digests(samples, order, MIDDLE, run, decoder);
        List<String> resumed =
            Stream.concat(whole.subList(0, MIDDLE).stream(), rest.stream()).toList();
        print(name, run, MIDDLE, resumed);
        assertThat(resumed).as("%s, %d trainers, resumed", name, run[0]).isEqualTo(whole);
      }
    }
  }

  /** For whoever wants to see them; the tests' reports keep what is printed. */
  private static void print(String name, int[] run, int start, List<String> steps) {
    System.out.printf(
        "digest of %d steps, %s, trainers %d, fetches %2d, decodes %d, prefetch %d, %s: %s%n",
        STEPS,
        name,
        run[0],
        run[1],
        run[2],
        run[3],
        start == 0 ? "from the start   " : "resumed at step " + start,
        Sha256.hex(String.join("", steps).getBytes(StandardCharsets.US_ASCII)).substring(0, 32));
  }

  @Test
  void shouldFeedTrainersAlikeFromAFolder() throws Exception {
    DataSource source = open(folder);
    assertAlike(
        "a folder",
        List.of(source),
        new SampleOrder(SEED, source.size(), GLOBAL_BATCH, STREAMS, Tail.DROP));
  }

  @Test
  void shouldFeedTrainersAlikeFromShards() throws Exception {
    DataSource source = open(shards);
    assertAlike(
        "shards",
        List.of(source),
        new SampleOrder(SEED, List.of(share(1_000, source)), GLOBAL_BATCH, STREAMS, Tail.CARRY));
  }

  @Test
  void shouldFeedTrainersAlikeFromTwoSources() throws Exception {
    List<DataSource> sources = List.of(open(folder), open(shards));
    assertAlike(
        "two sources",
        sources,
        new SampleOrder(
            SEED,
            List.of(share(650, sources.get(0)), share(350, sources.get(1))),
            GLOBAL_BATCH,
            STREAMS,
            Tail.CARRY));
  }
}
