package org.ijepa.trainer;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ijepa.batch.BadSample;
import org.ijepa.batch.MicroBatch;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.collective.Collective;
import org.ijepa.collective.CollectiveException;
import org.ijepa.collective.Suspect;
import org.ijepa.collective.TreeSum;
import org.ijepa.failure.Failure;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.ijepa.kernel.Settled;
import org.ijepa.replica.Recipe;
import org.ijepa.replica.Replica;
import org.ijepa.replica.ReplicaState;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.trainer.MemberEvent.Applied;
import org.ijepa.trainer.MemberEvent.CollectiveFailed;
import org.ijepa.trainer.MemberEvent.InputFailed;
import org.ijepa.trainer.MemberEvent.Joined;
import org.ijepa.trainer.MemberEvent.StepReduced;
import org.ijepa.trainer.StepProbe.Point;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;
import org.ijepa.trainer.TrainerParts.Reduction;
import org.ijepa.trainer.WatchedThread.Hanging;
import org.slf4j.MDC;

/**
 * A trainer's thread: holds the replica, and does what takes long, one thing after another. The
 * trainer's actor tells it what to do and never waits for it; {@link #abandon} reaches it in the
 * middle of a step.
 */
final class TrainerWorker {
  private final MemberId member;
  private final TrainerParts parts;
  private final Listener listener;
  private final WatchedThread thread;
  private final WatchedThread writer;

  /** What may take longer than a collective waits, while {@link #thread} says that it lives. */
  private final WatchedThread aside;

  /**
   * Of {@link #thread}: it rests in collectives, which have a time-out, and while it waits for one
   * of the others, which have a pulse of their own.
   */
  private final Pulse pulse;

  // Of the worker's thread alone.
  private NDManager manager;
  private Replica replica;
  private StepFactsBuffer factsBuffer;
  private InputWait inputWait;
  private GradientSum sum;
  private Optional<TreeSum> tree = Optional.empty();
  private BusyWord word;
  private StateFilling filling;
  private CheckpointCopy copy;

  /** The newest checkpoint, until it is written. */
  private Future<?> writing;

  /** When this thread held the newest gradient, and how long that of the step before waited. */
  private long heldNanos;

  private double commitWait = Double.NaN;

  // Shared with the actor, which aborts.
  private final Object lock = new Object();
  private long abandoned;
  private Form form;
  private int rank;
  private Collective collective;
  private StepInput input;

  /** Steps that are told to this thread, and so to the others', and not begun. */
  private final AtomicInteger stepsAhead = new AtomicInteger();

  /** Hears what the worker did, on the worker's threads. */
  interface Listener {
    void happened(MemberEvent event);

    void failed(Throwable failure);

    void found(Finding finding);

    void tensorsWritten(
        CheckpointName name, List<Manifest.FileEntry> tensors, CheckpointSeconds took);

    void checkpointFailed(CheckpointName name, Throwable failure);
  }

  TrainerWorker(MemberId member, TrainerParts parts, Listener listener) {
    this.member = member;
    this.parts = parts;
    this.listener = listener;
    thread = new WatchedThread(member.name());
    writer = new WatchedThread(member.name() + "-writer");
    aside = new WatchedThread(member.name() + "-aside");
    pulse = thread.pulse();
    submit(this::open);
  }

  private interface Work {
    void run() throws IOException, CollectiveException, InputException, InterruptedException;
  }

  /** No more micro-batches come; the replica is that of the step before. */
  private static final class InputException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Failure failure;

    InputException(Failure failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private void submit(Work work) {
    thread.execute(
        () -> {
          try {
            work.run();
          } catch (CollectiveException e) {
            broken(e);
          } catch (InputException e) {
            listener.happened(
                new InputFailed(generation(joined()), e.failure.line(), e.failure.exitCode()));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (Throwable e) {
            // Whatever it is, only a new worker with new state is to be trusted.
            listener.failed(e);
          }
        });
  }

  /**
   * What one of the worker's threads is at, if it has come no further for so many looks in a row:
   * one at each tick of its trainer.
   */
  Optional<Hanging> look(Pulse.Looks bounds) {
    return Stream.of(thread, aside, writer).flatMap(each -> each.look(bounds).stream()).findFirst();
  }

  /** The ranks of its words are those of the form that this thread has joined last. */
  private void broken(CollectiveException failure) {
    Optional<Form> failed = joined();
    Suspicion suspicion =
        failed
            .flatMap(its -> failure.suspect().map(suspect -> suspicion(its, suspect)))
            .orElse(Suspicion.NONE);
    String who =
        suspicion.name().isEmpty() || suspicion.name().equals(member.name())
            ? ""
            : " (" + suspicion.name() + ")";
    listener.happened(
        new CollectiveFailed(generation(failed), failure.getMessage() + who, "", suspicion));
  }

  private static Suspicion suspicion(Form form, Suspect suspect) {
    return new Suspicion(form.members().get(suspect.rank()).name(), suspect.symptom());
  }

  private void damaged(String reason, String checkpoint) {
    listener.happened(
        new CollectiveFailed(generation(joined()), reason, checkpoint, Suspicion.NONE));
  }

  private Optional<Form> joined() {
    synchronized (lock) {
      return Optional.ofNullable(form);
    }
  }

  private static long generation(Optional<Form> form) {
    return form.map(Form::generation).orElse(0L);
  }

  private void open() {
    pulse.works("making its model");
    Kernels.prepareThread(parts.threads());
    aside.execute(() -> Kernels.prepareThread(parts.threads()));
    manager = NDManager.newBaseManager(parts.device(), "PyTorch");
    replica = new Replica(manager, parts.geometry(), parts.replica());
    factsBuffer =
        new StepFactsBuffer(
            replica.gradient(),
            replica.state().layout().size(),
            parts.planner().order().globalBatch(),
            parts.planner().microBatchesPerStep());
    word = new BusyWord(FlatTensor.zeros(manager, 1), pulse);
    filling = new StateFilling(aside, parts, replica);
    copy = new CheckpointCopy(writer, member, parts, replica, listener);
    inputWait = new InputWait(parts.device().isGpu(), replica::await, System::nanoTime);
    sum =
        new GradientSum(
            Optional.of(member.name() + "-sums").filter(name -> !parts.device().isGpu()),
            replica.gradientParts(),
            replica.gradient().size() - replica.state().layout().size(),
            parts.reduction() == Reduction.ROUNDED);
    if (parts.reduction() == Reduction.CANONICAL) {
      tree = Optional.of(new TreeSum(manager, replica.gradient().size()));
    }
  }

  void join(Form formed, int itsRank) {
    submit(() -> doJoin(formed, itsRank));
  }

  void runStep(long generation, long step) {
    stepsAhead.incrementAndGet();
    submit(() -> doRunStep(generation, step));
  }

  void apply(StepPlan plan) {
    submit(() -> doApply(plan));
  }

  void checkpoint(CheckpointName name) {
    submit(() -> doCheckpoint(name));
  }

  /** Ends the generation's collective and feed; what is under way of it ends as failed. */
  void abandon() {
    synchronized (lock) {
      if (form != null) {
        abandoned = form.generation();
      }
      endGeneration();
    }
  }

  private void endGeneration() {
    if (collective != null) {
      collective.abort();
      collective = null;
    }
    if (input != null) {
      input.cancel();
      input = null;
    }
  }

  /** Stops the threads; native memory is given back once what is under way has ended. */
  void stop() {
    abandon();
    thread.execute(this::close);
    thread.shutdown();
    writer.shutdown();
  }

  /** Waits until everything is given back. */
  boolean awaitStop(long seconds) throws InterruptedException {
    return thread.awaitTermination(seconds) && writer.awaitTermination(seconds);
  }

  private void close() {
    if (filling != null) {
      endFilling();
    }
    aside.shutdown();
    if (sum != null) {
      sum.close();
    }
    if (copy != null) {
      awaitWriting();
      copy.close();
    }
    tree.ifPresent(TreeSum::close);
    if (word != null) {
      word.close();
    }
    if (replica != null) {
      replica.close();
    }
    if (manager != null) {
      manager.close();
    }
  }

  private void doJoin(Form formed, int itsRank) throws CollectiveException, InterruptedException {
    pulse.works("joining generation " + formed.generation());
    Collective joined;
    synchronized (lock) {
      endGeneration();
      form = formed;
      rank = itsRank;
      MDC.put(Trainer.RANK, String.valueOf(itsRank));
      if (formed.generation() <= abandoned) {
        throw new CollectiveException("generation " + formed.generation() + " was left");
      }
      collective = parts.collectives().join(formed, itsRank);
      joined = collective;
    }
    if (!formed.newcomers().isEmpty()) {
      if (itsRank != formed.root()) {
        endFilling();
      } else if (!provide(formed, joined)) {
        return;
      }
      word.meet(joined, itsRank, formed.root());
      receive(joined, formed.root());
    }
    commitWait = Double.NaN;
    listener.happened(new Joined(formed.generation()));
  }

  /** Fills the root's state; false if its checkpoint is damaged, which has been told. */
  private boolean provide(Form formed, Collective joined)
      throws CollectiveException, InterruptedException {
    if (formed.origin() == Origin.MEMORY) {
      return true;
    }
    try {
      pulse.rests();
      word.await(filling.of(formed), joined, formed.root());
      return true;
    } catch (ExecutionException e) {
      filling.end();
      if (e.getCause() instanceof IOException io) {
        if (formed.origin() == Origin.CHECKPOINT) {
          damaged(io.getMessage(), formed.load());
          return false;
        }
        throw new UncheckedIOException(io);
      }
      throw unchecked(e);
    }
  }

  private void endFilling() {
    pulse.rests();
    filling.end();
  }

  /** The group whose other ranks wait for the next step of this one; empty if they do not. */
  private Optional<Collective> waiting() {
    if (rank != 0 || stepsAhead.get() == 0) {
      return Optional.empty();
    }
    synchronized (lock) {
      return Optional.ofNullable(collective);
    }
  }

  static RuntimeException unchecked(ExecutionException failed) {
    if (failed.getCause() instanceof Error error) {
      throw error;
    }
    return failed.getCause() instanceof RuntimeException known
        ? known
        : new IllegalStateException(failed.getCause());
  }

  /** Everything that outlives a step, exactly, from the root. */
  private void receive(Collective joined, int root) throws CollectiveException {
    ReplicaState state = replica.state();
    joined.broadcast(state.weights(), root);
    joined.broadcast(state.target(), root);
    joined.broadcast(state.firstMoment(), root);
    joined.broadcast(state.secondMoment(), root);
    try (FlatTensor updates = FlatTensor.zeros(manager, 2)) {
      // Two floats hold 48 bits exactly.
      updates.set(0, (float) (state.updates() >>> 24));
      updates.set(1, (float) (state.updates() & 0xFFFFFF));
      joined.broadcast(updates, root);
      state.updates(((long) updates.get(0) << 24) | (long) updates.get(1));
    }
    replica.stateChanged();
  }

  private void doRunStep(long generation, long step)
      throws CollectiveException, InputException, InterruptedException {
    stepsAhead.decrementAndGet();
    Turn turn = turn(generation, step);
    word.meet(turn.group(), rank, 0);
    pulse.works("step " + step);
    parts.probe().at(Point.STEP_BEGUN, member, step);
    Computed computed = compute(turn, generation, step);
    parts.probe().at(Point.BACKWARD_DONE, member, step);
    pulse.rests();
    if (tree.isEmpty()) {
      sum.finish(turn.group());
    } else {
      reduce(tree.get(), turn.group(), turn.world());
    }
    pulse.works("step " + step + ", reading its sum");
    parts.probe().at(Point.REDUCED, member, step);
    StepFacts reduced = facts(step, turn, computed);
    heldNanos = System.nanoTime();
    listener.happened(new StepReduced(generation, reduced));
  }

  /** What a step of a generation is computed with. */
  private record Turn(Collective group, StepInput input, int world) {}

  private Turn turn(long generation, long step) throws CollectiveException {
    synchronized (lock) {
      if (collective == null || form.generation() != generation || generation <= abandoned) {
        throw new CollectiveException("generation " + generation + " was left");
      }
      int world = form.members().size();
      if (input == null) {
        input = new StepInput(parts.batches().start(step, rank, world), inputWait, pulse);
      }
      return new Turn(collective, input, world);
    }
  }

  /**
   * What this rank's own share of a step was.
   *
   * @param micro its micro-batches
   * @param context patches that are seen of each image
   * @param target patches of each block that is predicted
   * @param waited seconds, for images
   * @param compute seconds
   */
  private record Computed(
      int micro, int context, int target, List<BadSample> bad, double waited, double compute) {}

  /** This rank's gradient; where it is summed part by part, the sums of some may have begun. */
  private Computed compute(Turn turn, long generation, long step)
      throws CollectiveException, InputException, InterruptedException {
    sum.begin();
    replica.beginStep();
    tree.ifPresent(TreeSum::begin);
    turn.input().begin();
    long started = System.nanoTime();
    List<BadSample> bad = new ArrayList<>();
    int context = 0;
    int target = 0;
    int count = parts.planner().count(rank, turn.world());
    for (int i = 0; i < count; i++) {
      try (MicroBatch batch = take(turn.input(), generation, step)) {
        parts.probe().given(member, batch);
        pulse.works("step " + step + ", micro-batch " + (i + 1) + " of " + count);
        boolean last = i == count - 1;
        replica.accumulate(
            batch.images(),
            batch.plan().context(),
            batch.plan().targets(),
            factsBuffer.share(batch.plan()),
            last && tree.isEmpty() ? () -> sum.completed(turn.group()) : () -> {});
        factsBuffer.note(batch);
        tree.ifPresent(terms -> setApart(terms, batch.plan().number()));
        bad.addAll(batch.bad());
        context = batch.plan().context()[0].length;
        target = batch.plan().targets()[0][0].length;
      }
    }
    pulse.works("step " + step + ", backward");
    replica.await();
    long waited = turn.input().waitedNanos();
    double seconds = (System.nanoTime() - started - waited) * 1e-9;
    return new Computed(count, context, target, bad, waited * 1e-9, seconds);
  }

  /** What all ranks did, as the sum says it, and how long this one took. */
  private StepFacts facts(long step, Turn turn, Computed own) throws CollectiveException {
    Settled settled = replica.settled(turn.world() > 1);
    double norm = settled.norm();
    float[] facts = settled.facts();
    factsBuffer.check(step, facts);
    double loss = factsBuffer.loss(facts);
    return new StepFacts(
        step,
        loss,
        norm,
        Double.isFinite(norm) && Double.isFinite(loss),
        factsBuffer.substitutes(facts),
        own.context(),
        own.target(),
        settled.digest(),
        own.bad(),
        own.waited(),
        own.compute(),
        commitWait,
        own.micro() == 0 ? PipelineCounts.NONE : turn.input().counts());
  }

  /** A micro-batch's gradient is a term by itself; the next one begins at zero. */
  private void setApart(TreeSum terms, int microBatch) {
    terms.add(microBatch, replica.gradient());
    replica.beginStep();
  }

  /** The gradient becomes the sum over all ranks' terms. */
  private void reduce(TreeSum terms, Collective current, int world) throws CollectiveException {
    long[] bounds =
        IntStream.rangeClosed(0, world)
            .mapToLong(each -> parts.planner().first(each, world))
            .toArray();
    terms.reduce(current, bounds, replica.gradient());
  }

  private MicroBatch take(StepInput source, long generation, long step)
      throws CollectiveException, InputException, InterruptedException {
    try {
      Optional<MicroBatch> batch = source.take(step);
      synchronized (lock) {
        if (batch.isPresent() && generation > abandoned) {
          return batch.get();
        }
      }
      batch.ifPresent(MicroBatch::close);
      throw new CollectiveException("generation " + generation + " was left");
    } catch (ExecutionException e) {
      synchronized (lock) {
        if (generation <= abandoned) {
          throw new CollectiveException("generation " + generation + " was left", e);
        }
      }
      if (e.getCause() instanceof Failure failure) {
        throw new InputException(failure);
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("the input failed", e.getCause());
    }
  }

  private void doApply(StepPlan plan) throws InterruptedException {
    endFilling();
    pulse.works("update of step " + plan.step());
    commitWait = (System.nanoTime() - heldNanos) * 1e-9;
    if (!plan.skipped()) {
      Recipe recipe =
          new Recipe(
              plan.learningRate(), plan.weightDecay(), plan.emaMomentum(), plan.gradientScale());
      replica.update(recipe);
      parts.probe().at(Point.WEIGHTS_UPDATED, member, plan.step());
      replica.moveTarget(recipe);
    }
    parts.probe().at(Point.TARGET_MOVED, member, plan.step());
    listener.happened(new Applied(plan.step()));
    if (rank == 0) {
      look(plan.step()).forEach(listener::found);
    }
  }

  private List<Finding> look(long step) throws InterruptedException {
    if (parts.watch() == StepWatch.NONE) {
      return List.of();
    }
    try {
      Runnable moved = () -> aside.pulse().works("step " + step + ", looking at its replica");
      return word.finish(
          aside.submit(
              () -> {
                moved.run();
                return parts.watch().after(step, replica, moved);
              }),
          this::waiting);
    } catch (ExecutionException e) {
      throw unchecked(e);
    }
  }

  /**
   * Training waits only for the copy, and for a checkpoint before it that is still being written.
   */
  private void doCheckpoint(CheckpointName name) {
    long due = System.nanoTime();
    awaitWriting();
    pulse.works("copying " + name);
    writing = copy.take(name, due);
  }

  private void awaitWriting() {
    if (writing != null) {
      try {
        word.finish(writing, this::waiting);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        throw new IllegalStateException("a checkpoint's writer ended badly", e);
      }
    }
  }
}
