package org.ijepa.batch;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.ijepa.batch.SampleDecoding.Decoded;
import org.ijepa.order.Place;
import org.ijepa.stage.CrowdMeter;

/**
 * The samples that one stream of micro-batches needs next, for whoever decodes them: the stream's
 * own stages and {@link Worker}s elsewhere. Safe for use from many threads.
 */
public final class SharedWork {
  private final WorkWindow window;
  private final LongSupplier nanoTime;
  private final CrowdMeter elsewhere;
  private final Consumer<Boolean> held;
  private final Map<Long, Task> tasks = new HashMap<>();
  private final Map<Integer, CompletableFuture<Optional<Task>>> asking = new TreeMap<>();
  private CompletableFuture<Void> room;
  private boolean wanted = true;
  private boolean ended;
  private Optional<Throwable> failure = Optional.empty();

  /**
   * A sample to decode.
   *
   * @param id its number in the stream
   */
  record Task(long id, Assembly assembly, int number, boolean isShared) {
    Place place() {
      return assembly.place(number);
    }

    boolean isLast() {
      return number == assembly.size() - 1;
    }
  }

  /** A sample that somebody else is to decode. */
  public record Wanted(long id, Place place) {}

  /** Somebody else who decodes. */
  public final class Worker {
    private final int number;

    private Worker(int number) {
      this.number = number;
    }

    /** The next sample for this worker, when there is one; empty when the stream has ended. */
    public CompletionStage<Optional<Wanted>> next() {
      return SharedWork.this
          .next(number)
          .thenApply(next -> next.map(task -> new Wanted(task.id(), task.place())));
    }

    /**
     * Brings a sample; one that came from elsewhere meanwhile is dropped.
     *
     * @param pixels of the whole image
     * @throws IllegalArgumentException if {@code pixels} are not of one image
     */
    public void bring(long id, Decoded decoded, ByteString pixels) {
      SharedWork.this.bring(number, id, decoded, pixels);
    }

    /** This worker is gone; what it had goes to others at once. */
    public void leave() {
      List<CompletableFuture<Optional<Task>>> asked = new ArrayList<>();
      change(
          () -> {
            elsewhere.end(window.leave(number), 0);
            Optional.ofNullable(asking.remove(number)).ifPresent(asked::add);
          });
      asked.forEach(question -> question.complete(Optional.empty()));
    }
  }

  /**
   * Nothing to do yet.
   *
   * @param elsewhere counts what workers have and bring
   * @param held hears whether the own stages wait for those after them
   */
  SharedWork(
      WorkWindow window, CrowdMeter elsewhere, Consumer<Boolean> held, LongSupplier nanoTime) {
    this.window = window;
    this.elsewhere = elsewhere;
    this.held = held;
    this.nanoTime = nanoTime;
  }

  /** Somebody else decodes from now on, up to {@code most} samples at a time. */
  public Worker join(int most) {
    Worker[] worker = new Worker[1];
    change(() -> worker[0] = new Worker(window.join(most)));
    return worker[0];
  }

  /** When another micro-batch may come in. */
  CompletionStage<Void> room() {
    CompletableFuture<Void> asked = new CompletableFuture<>();
    change(() -> room = asked);
    return asked;
  }

  /** A micro-batch comes in; done when all its samples are there. */
  CompletionStage<Assembly> submit(Assembly assembly) {
    change(
        () -> {
          long first = window.add();
          for (int i = 0; i < assembly.size(); i++) {
            tasks.put(first + i, new Task(first + i, assembly, i, false));
          }
          failure.ifPresent(assembly.full()::completeExceptionally);
        });
    return assembly.full();
  }

  /** A complete micro-batch has gone on, in the order in which they came in. */
  void pass() {
    change(window::pass);
  }

  /** The next sample for the stream's own stages, when there is one; empty at the end. */
  CompletionStage<Optional<Task>> next() {
    return next(WorkWindow.OWN);
  }

  private CompletionStage<Optional<Task>> next(int worker) {
    CompletableFuture<Optional<Task>> asked = new CompletableFuture<>();
    change(() -> asking.put(worker, asked));
    return asked;
  }

  /** Whether the trainer will wait for what is missing. */
  void wanted(boolean now) {
    change(() -> wanted = now);
  }

  /** Time has passed: somebody may be late by now. */
  void tick() {
    change(() -> {});
  }

  /** The own stages bring a sample, written into its place already. */
  void done(Task task, Decoded decoded) {
    if (claim(WorkWindow.OWN, task.id()).isPresent()) {
      fill(task, decoded);
    }
  }

  /** The own stages bring a sample that others have, too. */
  void done(Task task, Decoded decoded, ByteBuffer pixels) {
    if (claim(WorkWindow.OWN, task.id()).isPresent()) {
      task.assembly().target(task.number()).put(pixels);
      fill(task, decoded);
    }
  }

  private void bring(int worker, long id, Decoded decoded, ByteString pixels) {
    Optional<Task> task = claim(worker, id, pixels.size());
    task.ifPresent(
        claimed -> {
          pixels.copyToBuffer(claimed.assembly().target(claimed.number()));
          fill(claimed, decoded);
        });
  }

  private Optional<Task> claim(int worker, long id, int bytes) {
    synchronized (this) {
      Task task = tasks.get(id);
      if (task != null && task.assembly().imageBytes() != bytes) {
        throw new IllegalArgumentException(
            "an image of " + bytes + " bytes instead of " + task.assembly().imageBytes());
      }
    }
    return claim(worker, id);
  }

  private Optional<Task> claim(int worker, long id) {
    boolean[] first = new boolean[1];
    Task[] task = new Task[1];
    change(
        () -> {
          task[0] = tasks.get(id);
          boolean held = window.holds(worker, id);
          first[0] = window.claim(worker, id, nanoTime.getAsLong());
          if (worker != WorkWindow.OWN && held) {
            elsewhere.end(1, first[0] ? 1 : 0);
          }
        });
    return first[0] ? Optional.of(task[0]) : Optional.empty();
  }

  private void fill(Task task, Decoded decoded) {
    boolean full = task.assembly().put(task.number(), decoded);
    change(
        () -> {
          window.fill(task.id());
          tasks.remove(task.id());
        });
    if (full) {
      task.assembly().full().complete(task.assembly());
    }
  }

  /** The stream cannot go on: the own stages failed. */
  void fail(Throwable cause) {
    List<Assembly> open = new ArrayList<>();
    change(
        () -> {
          failure = Optional.of(cause);
          tasks.values().forEach(task -> open.add(task.assembly()));
        });
    open.forEach(assembly -> assembly.full().completeExceptionally(cause));
    end();
  }

  /** Nobody pulls any more, or all has been pulled. */
  void end() {
    change(() -> ended = true);
  }

  /** Changes something under the lock, then tells all whom that lets go on. */
  private void change(Runnable change) {
    List<Runnable> told = new ArrayList<>();
    synchronized (this) {
      change.run();
      if (room != null && window.hasRoom()) {
        CompletableFuture<Void> granted = room;
        room = null;
        told.add(() -> granted.complete(null));
      }
      List.copyOf(asking.keySet()).forEach(worker -> answer(worker, told));
      held.accept(window.isHeld());
    }
    told.forEach(Runnable::run);
  }

  private void answer(int worker, List<Runnable> told) {
    Optional<Task> task = Optional.empty();
    if (!ended && window.has(worker)) {
      OptionalLong id = window.take(worker, nanoTime.getAsLong(), wanted);
      if (id.isEmpty()) {
        return;
      }
      Task plain = tasks.get(id.getAsLong());
      boolean isShared = window.isShared(plain.id());
      task = Optional.of(new Task(plain.id(), plain.assembly(), plain.number(), isShared));
      if (worker != WorkWindow.OWN) {
        elsewhere.begin();
      }
    }
    Optional<Task> answer = task;
    CompletableFuture<Optional<Task>> asked = asking.remove(worker);
    told.add(() -> asked.complete(answer));
  }
}
