package org.ijepa.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.djl.Device;
import akka.Done;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.util.ByteString;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.ijepa.augment.Augmentation;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.BatchStream;
import org.ijepa.batch.DecodingParts;
import org.ijepa.batch.DecodingPeers;
import org.ijepa.batch.SampleDecoding;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.CropChooser;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Replica;
import org.ijepa.source.Samples;
import org.ijepa.store.Hedges;
import org.ijepa.store.Store;
import org.ijepa.trainer.MemberEvent.Applied;
import org.ijepa.trainer.MemberEvent.CollectiveFailed;
import org.ijepa.trainer.MemberEvent.Joined;
import org.ijepa.trainer.MemberEvent.StepReduced;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;
import org.ijepa.trainer.ToMember.Then;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.GradientPart;
import org.ijepa.vit.Layout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker in groups of which the others do what they should not. */
class TrainerWorkerTest {
  private static final Geometry GEOMETRY =
      new Geometry(56, 4, 3, 16, 1, 2, 32, 16, 1, 2, 32, 1e-6, 1e-5);
  private static final int GLOBAL_BATCH = 64;
  private static final int MICRO_BATCH = 32;
  private static final Duration TIMEOUT = Duration.ofSeconds(4);
  private static final List<Float> HALF = List.of(127f, 127f, 127f);

  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private ActorTestKit kit;
  private ExecutorService decoding;
  private TrainerWorker worker;
  private BatchPlanner planner;
  private BatchStream batches;

  // What the others add to a sum, in place of another rank.
  private volatile Consumer<FlatTensor> others;

  private long leastPart = Long.MAX_VALUE;

  private volatile CountDownLatch mayDecode = new CountDownLatch(0);

  @BeforeEach
  void start() {
    kit = ActorTestKit.create();
    decoding = Executors.newSingleThreadExecutor();
    SampleOrder order = new SampleOrder(1, 96, GLOBAL_BATCH, 1, Tail.CARRY);
    planner = new BatchPlanner(order, new MaskSampler(MaskRules.corrected(14), 1), MICRO_BATCH);
    batches =
        new BatchStream(
            planner,
            new SampleDecoding(
                order,
                new Grey(),
                DecodingParts.of(new Grey(), decoding),
                new CropRules(0.3, 1, 0.75, 1.25),
                Augmentation.none(),
                1,
                GEOMETRY.imageSize()),
            new BatchStream.Options(MICRO_BATCH, 1, 1, Long.MAX_VALUE, 1, System::nanoTime),
            DecodingPeers.NONE,
            kit.system());
    worker =
        worker(0, (replica, moved) -> {}, (form, rank) -> new Others(form.members().size()), heard);
  }

  private TrainerWorker worker(
      int rank, StartValues start, CollectiveFactory collectives, BlockingQueue<Object> its) {
    return worker(rank, start, collectives, StepWatch.NONE, null, its);
  }

  private TrainerWorker worker(
      int rank,
      StartValues start,
      CollectiveFactory collectives,
      StepWatch watch,
      CheckpointStore checkpoints,
      BlockingQueue<Object> its) {
    int facts = StepFactsBuffer.size(GLOBAL_BATCH, planner.microBatchesPerStep());
    return new TrainerWorker(
        member(rank),
        new TrainerParts(
            Device.cpu(),
            GEOMETRY,
            new Replica.Options(
                new Kernels.Options(false, false), HALF, HALF, Betas.PUBLISHED, facts, leastPart),
            TrainerParts.Reduction.EXACT,
            start,
            1,
            new Patience(Duration.ofMinutes(10), Duration.ZERO),
            planner,
            batches,
            collectives,
            checkpoints,
            watch,
            StepProbe.NONE),
        new Ear(its));
  }

  @AfterEach
  void stop() throws InterruptedException {
    worker.stop();
    assertThat(worker.awaitStop(30)).isTrue();
    decoding.shutdownNow();
    kit.shutdownTestKit();
  }

  private static MemberId member(int rank) {
    return new MemberId("trainer-" + rank, 1, "127.0.0.1:1");
  }

  /** What a step of a generation of so many members comes to. */
  private Object step(long generation, int members, Consumer<FlatTensor> sum) throws Exception {
    others = sum;
    worker.join(
        new Form(
            generation,
            IntStream.range(0, members).mapToObj(TrainerWorkerTest::member).toList(),
            List.of(),
            0,
            0,
            Optional.empty(),
            Origin.MEMORY,
            "",
            List.of(),
            Then.CONTINUE,
            ""),
        0);
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(new Joined(generation));
    worker.runStep(generation, 0);
    return heard.poll(60, TimeUnit.SECONDS);
  }

  @Test
  void shouldRefuseAStepOfWhichAPartIsMissingOrStandsTwiceAndGoOnAfterwards() throws Exception {
    assertThat(step(1, 2, tensor -> {}))
        .isInstanceOfSatisfying(
            CollectiveFailed.class,
            failed ->
                assertThat(failed.reason()).contains("step 0: the sum holds micro-batch 2 of 2 0"));
    assertThat(step(2, 1, tensor -> tensor.array().addi(tensor.array())))
        .isInstanceOfSatisfying(
            CollectiveFailed.class,
            failed -> assertThat(failed.reason()).contains("micro-batch 1 of 2 2 times"));
    assertThat(step(3, 1, tensor -> {}))
        .isInstanceOfSatisfying(
            StepReduced.class, reduced -> assertThat(reduced.facts().step()).isZero());
  }

  @Test
  void shouldSumWhatIsCompleteBesideItsBackwardPassOnce() throws Exception {
    leastPart = 1;
    alone((replica, moved) -> {}, StepWatch.NONE, null);
    List<Long> sizes = new CopyOnWriteArrayList<>();
    List<String> threads = new CopyOnWriteArrayList<>();
    others =
        tensor -> {
          sizes.add(tensor.size());
          threads.add(Thread.currentThread().getName());
        };
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(new Joined(1));
    worker.runStep(1, 0);
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isInstanceOf(StepReduced.class);

    // Of two micro-batches the last alone completes anything.
    Layout layout = Layout.of(GEOMETRY);
    List<Long> expected =
        new ArrayList<>(
            GradientPart.of(layout, leastPart).stream().map(GradientPart::size).toList());
    int beside = expected.size();
    expected.add(
        layout.size()
            - layout.encoderMatrices()
            - layout.predictorMatrices()
            + StepFactsBuffer.size(GLOBAL_BATCH, planner.microBatchesPerStep()));
    assertThat(sizes).isEqualTo(expected);
    assertThat(threads.subList(0, beside)).containsOnly("trainer-0-sums");
    assertThat(threads.get(beside)).isEqualTo("trainer-0");
  }

  private static Form begin(long generation) {
    return begin(generation, List.of(member(0), member(1)));
  }

  private static Form begin(long generation, List<MemberId> members) {
    return new Form(
        generation,
        members,
        members,
        0,
        0,
        Optional.empty(),
        Origin.INITIAL,
        "",
        List.of(),
        Then.CONTINUE,
        "");
  }

  /** Two workers in memory; each step here is far shorter than the time-out. */
  private final class Pair implements AutoCloseable {
    private final List<BlockingQueue<Object>> ears =
        List.of(new LinkedBlockingQueue<>(), new LinkedBlockingQueue<>());
    private final List<TrainerWorker> pair;

    Pair(StartValues start, StepWatch watch) {
      CollectiveFactory collectives = new LocalCollectives(TIMEOUT);
      pair =
          IntStream.range(0, 2)
              .mapToObj(rank -> worker(rank, start, collectives, watch, null, ears.get(rank)))
              .toList();
    }

    void join(long generation) {
      for (int rank = 0; rank < 2; rank++) {
        pair.get(rank).join(begin(generation), rank);
      }
    }

    Object heard(int rank) throws InterruptedException {
      return ears.get(rank).poll(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      pair.forEach(TrainerWorker::stop);
      for (TrainerWorker each : pair) {
        try {
          assertThat(each.awaitStop(30)).isTrue();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  /** For longer than a collective waits. */
  private static void takeLong() {
    long until = System.nanoTime() + 3 * TIMEOUT.toNanos() / 2;
    while (System.nanoTime() - until < 0) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  @Test
  void shouldWaitForARootThatLoadsForLongerThanTheTimeOut() throws Exception {
    try (Pair pair = new Pair((replica, moved) -> takeLong(), StepWatch.NONE)) {
      pair.join(1);
      assertThat(pair.heard(0)).isEqualTo(new Joined(1));
      assertThat(pair.heard(1)).isEqualTo(new Joined(1));
    }
  }

  @Test
  void shouldNotLoadAgainWhatNothingHasChanged() throws Exception {
    AtomicInteger loads = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    StartValues start =
        (replica, moved) -> {
          loads.incrementAndGet();
          begun.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    try (Pair pair = new Pair(start, StepWatch.NONE)) {
      pair.join(1);
      begun.await();
      pair.pair.forEach(TrainerWorker::abandon);
      for (int rank = 0; rank < 2; rank++) {
        assertThat(pair.heard(rank)).isInstanceOf(CollectiveFailed.class);
      }
      pair.join(2);
      go.countDown();
      for (int rank = 0; rank < 2; rank++) {
        assertThat(pair.heard(rank)).isEqualTo(new Joined(2));
      }
      pair.pair.forEach(TrainerWorker::abandon);
      pair.join(3);
      for (int rank = 0; rank < 2; rank++) {
        assertThat(pair.heard(rank)).isEqualTo(new Joined(3));
      }
    }
    assertThat(loads).hasValue(1);
  }

  @Test
  void shouldWaitForARankThatLooksForLongerThanTheTimeOut() throws Exception {
    StepWatch watch =
        (step, replica, moved) -> {
          takeLong();
          return List.of();
        };
    try (Pair pair = new Pair((replica, moved) -> {}, watch)) {
      pair.join(1);
      for (int rank = 0; rank < 2; rank++) {
        assertThat(pair.heard(rank)).isEqualTo(new Joined(1));
        pair.pair.get(rank).runStep(1, 0);
      }
      for (int rank = 0; rank < 2; rank++) {
        assertThat(pair.heard(rank)).isInstanceOf(StepReduced.class);
      }
      for (int rank = 0; rank < 2; rank++) {
        pair.pair.get(rank).apply(new StepPlan(0, 0, 0, 1, 1, true));
        pair.pair.get(rank).runStep(1, 1);
        assertThat(pair.heard(rank)).isEqualTo(new Applied(0));
      }
      for (int rank = 0; rank < 2; rank++) {
        assertThat(pair.heard(rank)).isInstanceOf(StepReduced.class);
      }
    }
  }

  @Test
  void shouldNoticeARootThatHasStopped() throws Exception {
    try (Pair pair = new Pair((replica, moved) -> {}, StepWatch.NONE)) {
      pair.pair.get(1).join(begin(1), 1);
      assertThat(pair.heard(1))
          .isInstanceOfSatisfying(
              CollectiveFailed.class,
              failed -> assertThat(failed.reason()).contains(TIMEOUT.toMillis() + " ms"));
    }
  }

  /** A decoder that never ends would be waited for for ever. */
  @Test
  void shouldSayThatItHangsWhereImagesDoNotComeAndGoOnShouldTheyCome() throws Exception {
    mayDecode = new CountDownLatch(1);
    others = tensor -> {};
    worker.join(begin(1, List.of(member(0))), 0);
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(new Joined(1));
    worker.runStep(1, 0);
    assertThat(hanging(worker, "step 0, waiting for images"))
        .contains("org.ijepa.trainer.StepInput.await(");
    mayDecode.countDown();
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isInstanceOf(StepReduced.class);
  }

  /** Waits until a worker is seen to hang at that; returns the calls that it is in. */
  private static String hanging(TrainerWorker worker, String work) {
    Pulse.Looks looks = new Pulse.Looks(200, 200);
    return await()
        .pollInSameThread()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> worker.look(looks),
            found -> found.filter(its -> its.standstill().work().equals(work)).isPresent())
        .orElseThrow()
        .place();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A worker alone, which takes the place of the one that was made before. */
  private void alone(StartValues start, StepWatch watch, CheckpointStore checkpoints)
      throws InterruptedException {
    worker.stop();
    assertThat(worker.awaitStop(30)).isTrue();
    others = tensor -> {};
    worker = worker(0, start, (form, rank) -> new Others(1), watch, checkpoints, heard);
    worker.join(begin(1, List.of(member(0))), 0);
  }

  @Test
  void shouldSayThatItHangsWhereItsFirstValuesDoNotCome() throws Exception {
    CountDownLatch mayStart = new CountDownLatch(1);
    alone((replica, moved) -> awaitLatch(mayStart), StepWatch.NONE, null);
    assertThat(hanging(worker, "taking its first values")).contains("CountDownLatch.await(");
    mayStart.countDown();
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(new Joined(1));
  }

  @Test
  void shouldSayThatItHangsWhereALookAtTheReplicaDoesNotEnd() throws Exception {
    CountDownLatch mayLook = new CountDownLatch(1);
    StepWatch watch =
        (step, replica, moved) -> {
          awaitLatch(mayLook);
          return List.of();
        };
    alone((replica, moved) -> {}, watch, null);
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(new Joined(1));
    worker.runStep(1, 0);
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isInstanceOf(StepReduced.class);
    worker.apply(new StepPlan(0, 0, 0, 1, 1, true));
    assertThat(hanging(worker, "step 0, looking at its replica")).contains("CountDownLatch.await(");
    mayLook.countDown();
  }

  @Test
  void shouldSayThatItHangsWhereAStoreTakesACheckpointForEver(@TempDir Path temp) throws Exception {
    CompletableFuture<Done> stored = new CompletableFuture<>();
    Store store =
        (Store)
            Proxy.newProxyInstance(
                Store.class.getClassLoader(),
                new Class<?>[] {Store.class},
                (proxy, method, arguments) -> {
                  assertThat(method.getName()).isEqualTo("writeFile");
                  return stored;
                });
    CheckpointStore checkpoints = new CheckpointStore("store", store, temp, kit.system());
    alone((replica, moved) -> {}, StepWatch.NONE, checkpoints);
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(new Joined(1));
    CheckpointName name = new CheckpointName(0, 1);
    worker.checkpoint(name);
    assertThat(hanging(worker, "writing " + name)).contains("CheckpointStore.await(");
    stored.complete(Done.getInstance());
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(name);
  }

  /** Hears a worker. */
  private static final class Ear implements TrainerWorker.Listener {
    private final BlockingQueue<Object> heard;

    Ear(BlockingQueue<Object> heard) {
      this.heard = heard;
    }

    @Override
    public void happened(MemberEvent event) {
      heard.add(event);
    }

    @Override
    public void failed(Throwable failure) {
      heard.add(failure);
    }

    @Override
    public void found(Finding finding) {
      heard.add(finding);
    }

    @Override
    public void tensorsWritten(
        CheckpointName name, List<Manifest.FileEntry> tensors, CheckpointSeconds took) {
      heard.add(name);
    }

    @Override
    public void checkpointFailed(CheckpointName name, Throwable failure) {
      heard.add(failure);
    }
  }

  /** Rank 0 of a group whose other members do as they like. */
  private final class Others extends OthersCollective {
    Others(int size) {
      super(size);
    }

    @Override
    public void allReduceSum(FlatTensor tensor, long rounded) {
      others.accept(tensor);
    }
  }

  /** Samples without bytes, each of which is decoded to the same grey. */
  private final class Grey implements Samples, ImageDecoder {
    @Override
    public long size() {
      return 96;
    }

    @Override
    public String name(long sample) {
      return "grey " + sample;
    }

    @Override
    public long bytes(long sample) {
      return 1;
    }

    @Override
    public CompletionStage<ByteString> fetch(long sample) {
      return CompletableFuture.completedStage(ByteString.fromString("x"));
    }

    @Override
    public CompletionStage<ByteString> again(long sample, ByteString doubted) {
      return fetch(sample);
    }

    @Override
    public Hedges hedges() {
      return Hedges.NONE;
    }

    @Override
    public String fingerprint() {
      return "00";
    }

    @Override
    public String name() {
      return "grey";
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public void decode(ByteBuffer file, CropChooser crop, int side, ByteBuffer target) {
      try {
        mayDecode.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      target.put(new byte[side * side * 3]);
    }

    @Override
    public void close() {}
  }
}
