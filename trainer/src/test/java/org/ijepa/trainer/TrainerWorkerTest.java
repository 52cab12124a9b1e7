package org.ijepa.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.ijepa.augment.Augmentation;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.BatchStream;
import org.ijepa.batch.DecodingPeers;
import org.ijepa.batch.SampleDecoding;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.collective.Collective;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.CropChooser;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Replica;
import org.ijepa.source.Samples;
import org.ijepa.store.Hedges;
import org.ijepa.trainer.MemberEvent.CollectiveFailed;
import org.ijepa.trainer.MemberEvent.Joined;
import org.ijepa.trainer.MemberEvent.StepReduced;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;
import org.ijepa.trainer.ToMember.Then;
import org.ijepa.vit.Geometry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A worker in groups of which the others do what they should not. */
class TrainerWorkerTest {
  private static final Geometry GEOMETRY =
      new Geometry(56, 4, 3, 16, 1, 2, 32, 16, 1, 2, 32, 1e-6, 1e-5);
  private static final int GLOBAL_BATCH = 64;
  private static final int MICRO_BATCH = 32;
  private static final List<Float> HALF = List.of(127f, 127f, 127f);

  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private ActorTestKit kit;
  private ExecutorService decoding;
  private TrainerWorker worker;

  // What the others add to a sum, in place of another rank.
  private volatile Consumer<FlatTensor> others;

  @BeforeEach
  void start() {
    kit = ActorTestKit.create();
    decoding = Executors.newSingleThreadExecutor();
    SampleOrder order = new SampleOrder(1, 96, GLOBAL_BATCH, 1, Tail.CARRY);
    BatchPlanner planner =
        new BatchPlanner(order, new MaskSampler(MaskRules.corrected(14), 1), MICRO_BATCH);
    BatchStream batches =
        new BatchStream(
            planner,
            new SampleDecoding(
                order,
                new Grey(),
                new Grey(),
                new CropRules(0.3, 1, 0.75, 1.25),
                Augmentation.none(),
                1,
                GEOMETRY.imageSize(),
                decoding),
            new BatchStream.Options(MICRO_BATCH, 1, 1, Long.MAX_VALUE, 1, System::nanoTime),
            DecodingPeers.NONE,
            kit.system());
    int facts = StepFactsBuffer.size(GLOBAL_BATCH, planner.microBatchesPerStep());
    worker =
        new TrainerWorker(
            member(0),
            new TrainerParts(
                Device.cpu(),
                GEOMETRY,
                new Replica.Options(false, false, HALF, HALF, Betas.PUBLISHED, facts),
                false,
                replica -> {},
                1,
                planner,
                batches,
                (form, rank) -> new Others(form.members().size()),
                null,
                StepWatch.NONE,
                StepProbe.NONE),
            new Ear());
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

  /** Hears the worker. */
  private final class Ear implements TrainerWorker.Listener {
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
  private final class Others implements Collective {
    private final int size;

    Others(int size) {
      this.size = size;
    }

    @Override
    public int rank() {
      return 0;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public void allReduceSum(FlatTensor tensor) {
      others.accept(tensor);
    }

    @Override
    public void broadcast(FlatTensor tensor, int root) {}

    @Override
    public void check() {}

    @Override
    public void abort() {}

    @Override
    public void close() {}
  }

  /** Samples without bytes, each of which is decoded to the same grey. */
  private static final class Grey implements Samples, ImageDecoder {
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
      target.put(new byte[side * side * 3]);
    }

    @Override
    public void close() {}
  }
}
