package org.ijepa.collective;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.RoundedCopy;

/**
 * Collectives between GPUs, by NCCL: each rank's tensors lie in a GPU of its own.
 *
 * <p>Beside it stands a group of another kind, the control group. Rank 0's unique id comes through
 * it to the others, who so prove that they are of this run and generation, and through it a rank
 * hears that another one has aborted or is gone, of which NCCL says nothing within a machine.
 *
 * <p>No call of NCCL blocks. The caller's thread asks again and again whether the communicator and
 * the stream are done, and so sees an abort or a time-out within a moment. A sum counts as complete
 * when the communicator has no error and the stream is done, both seen before any abort: an aborted
 * one may look complete. Whoever aborts only says so; the communicator is given up by the thread
 * that is in a call, before the call ends, or else by a thread of its own.
 *
 * <p>What this rank's own GPU, driver or NCCL cannot do is an {@link IllegalStateException}: a new
 * group would fail as well, and only a new trainer, if anything, helps.
 *
 * <p>NCCL does not compare the ranks' sizes. Unequal ones end in a time-out.
 */
public final class NcclCollective implements Collective {
  private static final long POLL_NANOS = 50_000;

  private final Collective control;
  private final Nccl nccl;
  private final Duration timeout;
  private final List<Place> places;

  /** Held by whoever uses the communicator. */
  private final ReentrantLock calling = new ReentrantLock();

  /** What every call says from then on. */
  private volatile String failure;

  /** NCCL writes to it until the communicator is given up; null before the first call. */
  private volatile PointerByReference communicator;

  private long deadline;

  /**
   * An end of a new communicator, which is made at the first call.
   *
   * @param control group of the same ranks, which nobody else uses from the first call on
   * @param timeout after which a call has failed
   * @param places of all ranks, to tell by its address who could not be reached
   */
  public NcclCollective(Collective control, Nccl nccl, Duration timeout, List<Place> places) {
    this.control = control;
    this.places = List.copyOf(places);
    this.nccl = nccl;
    this.timeout = timeout;
  }

  @Override
  public int rank() {
    return control.rank();
  }

  @Override
  public int size() {
    return control.size();
  }

  @Override
  public void allReduceSum(FlatTensor tensor, long rounded) throws CollectiveException {
    long halves = size() == 1 ? 0 : rounded;
    if (halves > 0) {
      // By now the step's activations are gone, which as a rule take more memory than this.
      try (RoundedCopy copy = new RoundedCopy(tensor, halves)) {
        sum(copy.address(), halves, NcclLibrary.BFLOAT16);
        copy.copyBack();
      }
    }
    if (halves < tensor.size()) {
      long exact = tensor.address() + halves * Float.BYTES;
      sum(exact, tensor.size() - halves, NcclLibrary.FLOAT32);
    }
  }

  private void sum(long address, long count, int type) throws CollectiveException {
    run(
        "a sum",
        address,
        (elements, group) ->
            nccl.library()
                .ncclAllReduce(
                    elements, elements, count, type, NcclLibrary.SUM, group, CudaDriver.STREAM));
  }

  @Override
  public void broadcast(FlatTensor tensor, int root) throws CollectiveException {
    run(
        "a broadcast",
        tensor.address(),
        (elements, group) ->
            nccl.library()
                .ncclBroadcast(
                    elements,
                    elements,
                    tensor.size(),
                    NcclLibrary.FLOAT32,
                    root,
                    group,
                    CudaDriver.STREAM));
  }

  private interface Start {
    int call(Pointer elements, Pointer communicator);
  }

  private interface Condition {
    boolean holds() throws CollectiveException;
  }

  private void run(String what, long address, Start start) throws CollectiveException {
    calling.lock();
    try {
      check();
      if (size() == 1) {
        return;
      }
      deadline = System.nanoTime() + timeout.toNanos();
      Pointer elements = new Pointer(address);
      nccl.cuda().use(elements);
      if (communicator == null) {
        connect();
      }
      require(what, start.call(elements, communicator.getValue()));
      await(what, () -> isSettled(what));
      await(
          what,
          () -> {
            boolean done = nccl.cuda().isStreamDone();
            return isSettled(what) && done;
          });
    } catch (CollectiveException | IllegalStateException e) {
      fail(e.getMessage());
      throw e;
    } finally {
      if (failure != null) {
        giveUp();
      }
      calling.unlock();
    }
  }

  private void connect() throws CollectiveException {
    NcclLibrary.UniqueId id = uniqueId();
    PointerByReference made = new PointerByReference();
    communicator = made;
    String what = "the making of a communicator";
    require(
        what,
        nccl.library()
            .ncclCommInitRankConfig(
                made, size(), id, rank(), NcclLibrary.configThatDoesNotBlock()));
    await(what, () -> isSettled(what));
  }

  /** Rank 0's, by way of the control group. */
  private NcclLibrary.UniqueId uniqueId() throws CollectiveException {
    NcclLibrary.UniqueId id = new NcclLibrary.UniqueId();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        FlatTensor bytes = FlatTensor.zeros(manager, NcclLibrary.UniqueId.BYTES)) {
      if (rank() == 0) {
        require("the making of an id", nccl.library().ncclGetUniqueId(id.internal));
        for (int i = 0; i < id.internal.length; i++) {
          bytes.set(i, id.internal[i]);
        }
      }
      control.broadcast(bytes, 0);
      for (int i = 0; i < id.internal.length; i++) {
        id.internal[i] = (byte) bytes.get(i);
      }
    }
    return id;
  }

  /** Whether the communicator has done, or put on the stream, what it was last told. */
  private boolean isSettled(String what) throws CollectiveException {
    IntByReference result = new IntByReference();
    require(what, nccl.library().ncclCommGetAsyncError(communicator.getValue(), result));
    require(what, result.getValue());
    return result.getValue() == NcclLibrary.SUCCESS;
  }

  private void require(String what, int result) throws CollectiveException {
    if (result == NcclLibrary.SUCCESS || result == NcclLibrary.IN_PROGRESS) {
      return;
    }
    String last = nccl.library().ncclGetLastError(Pointer.NULL);
    String detail = last == null ? "" : last.strip();
    CollectiveException ended =
        ended(
            "NCCL failed at rank "
                + rank()
                + " in "
                + what
                + ": "
                + nccl.library().ncclGetErrorString(result)
                + (detail.isEmpty() ? "" : " (" + detail + ")"),
            result == NcclLibrary.SYSTEM_ERROR
                ? Optional.of(blamed(detail, rank(), places))
                : Optional.empty());
    if (NcclLibrary.OF_THE_NETWORK.contains(result)) {
      throw ended;
    }
    throw new IllegalStateException(ended.getMessage());
  }

  /**
   * Who has the address that NCCL names, where it names one of a single other host; else itself.
   */
  static Suspect blamed(String detail, int rank, List<Place> places) {
    List<Integer> named =
        IntStream.range(0, places.size())
            .filter(other -> !places.get(other).host().equals(places.get(rank).host()))
            .filter(other -> isNamed(places.get(other).host(), detail))
            .boxed()
            .toList();
    boolean one = named.stream().map(other -> places.get(other).host()).distinct().count() == 1;
    return new Suspect(one ? named.get(0) : rank, Symptom.UNREACHABLE);
  }

  /** NCCL writes {@code 10.0.0.2<41234>}. */
  private static boolean isNamed(String host, String detail) {
    return !host.isEmpty()
        && (" " + detail).matches("(?s).*[^0-9.:]" + Pattern.quote(host) + "<.*");
  }

  private void await(String what, Condition done) throws CollectiveException {
    while (!done.holds()) {
      check();
      if (Thread.currentThread().isInterrupted()) {
        throw ended("rank " + rank() + " was interrupted");
      }
      if (System.nanoTime() - deadline > 0) {
        throw ended(
            "rank " + rank() + " waited " + timeout.toMillis() + " ms for the others in " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private CollectiveException ended(String why) {
    return ended(why, Optional.empty());
  }

  private CollectiveException ended(String why, Optional<Suspect> suspect) {
    return new CollectiveException(
        "collective of " + size() + " trainers ended: " + why, suspect, null);
  }

  @Override
  public void check() throws CollectiveException {
    String text = failure;
    if (text != null) {
      throw new CollectiveException(text);
    }
    control.check();
  }

  private synchronized void fail(String text) {
    if (failure == null) {
      failure = text;
    }
    control.abort();
  }

  /** Frees the communicator, whatever is under way in it; by whoever holds {@link #calling}. */
  private void giveUp() {
    PointerByReference held = communicator;
    if (held != null && held.getValue() != null) {
      nccl.library().ncclCommAbort(held.getValue());
      held.setValue(null);
    }
  }

  @Override
  public void abort() {
    abort("rank " + rank() + " aborted");
  }

  private void abort(String why) {
    fail(ended(why).getMessage());
    PointerByReference held = communicator;
    if (held != null && held.getValue() != null) {
      Thread thread = new Thread(this::giveUpBetweenCalls, "nccl-abort");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void giveUpBetweenCalls() {
    calling.lock();
    try {
      giveUp();
    } finally {
      calling.unlock();
    }
  }

  @Override
  public void close() {
    abort("rank " + rank() + " left");
  }
}
