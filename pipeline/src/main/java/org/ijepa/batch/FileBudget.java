package org.ijepa.batch;

import akka.util.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.ijepa.stage.CrowdMeter;

/**
 * Bounds the bytes of files that one stream has in memory, from before they are fetched until they
 * are decoded. Room is given strictly in the order of the stream. The first sample that is not
 * decoded yet always gets it, as all others may be waiting for it: so a file that is larger than
 * the budget comes alone, and nothing waits for ever. Safe for use from many threads.
 */
public final class FileBudget implements AutoCloseable {
  private final LongSupplier most;
  private final CrowdMeter waits;

  /** Samples that are not decoded yet, in the order of the stream. */
  private final TreeMap<Long, Claim> open = new TreeMap<>();

  private long claims;
  private long held;
  private boolean closed;

  /** What one sample holds of the budget: its file, and whatever is read in its place. */
  public final class Claim {
    private final long number;
    private long holds;
    private long wants;
    private CompletableFuture<Void> waiting;

    private Claim(long number) {
      this.number = number;
    }

    /**
     * Reads once there is room for it beside what the sample holds. One at a time.
     *
     * @param bytes that the read brings
     */
    <T> CompletionStage<T> read(long bytes, Supplier<CompletionStage<T>> read) {
      return room(this, bytes).thenCompose(granted -> read.get());
    }

    /** A file is no longer needed. */
    void release(long bytes) {
      change(
          () -> {
            holds -= bytes;
            held -= bytes;
          });
    }

    /** The sample is decoded, or never will be. */
    public void end() {
      change(
          () -> {
            if (open.remove(number) != null) {
              held -= holds;
              holds = 0;
            }
          });
    }
  }

  /**
   * A budget of which nothing is taken.
   *
   * @param most bytes; may change at any time
   */
  public FileBudget(LongSupplier most) {
    this(most, new CrowdMeter(() -> 0));
  }

  /**
   * As above.
   *
   * @param waits counts the reads that wait for room
   */
  FileBudget(LongSupplier most, CrowdMeter waits) {
    this.most = most;
    this.waits = waits;
  }

  /** A claim without a bound, for who has but a few files. */
  public static Claim unbounded() {
    return new FileBudget(() -> Long.MAX_VALUE).claim();
  }

  /** The next sample of the stream; a claim ends by {@link Claim#end}. */
  public synchronized Claim claim() {
    Claim claim = new Claim(claims++);
    open.put(claim.number, claim);
    return claim;
  }

  /**
   * Fetches the file of a new claim once there is room for it; a claim whose fetch fails has ended.
   */
  public CompletionStage<ByteString> fetch(
      Claim claim, long bytes, Supplier<CompletionStage<ByteString>> fetch) {
    return claim
        .read(bytes, fetch)
        .whenComplete(
            (file, failure) -> {
              if (failure != null) {
                claim.end();
              }
            });
  }

  /** Bytes that are in memory, or on their way. */
  synchronized long held() {
    return held;
  }

  /** The stream has ended: who waits for room gets none. */
  @Override
  public void close() {
    change(() -> closed = true);
  }

  private CompletionStage<Void> room(Claim claim, long bytes) {
    CompletableFuture<Void> asked = new CompletableFuture<>();
    change(
        () -> {
          claim.wants = bytes;
          claim.waiting = asked;
        });
    if (asked.isDone()) {
      return asked;
    }
    waits.begin();
    return asked.whenComplete((granted, failure) -> waits.end(1, failure == null ? 1 : 0));
  }

  /** Changes something under the lock, then tells all whom that lets go on. */
  private void change(Runnable change) {
    List<Runnable> told = new ArrayList<>();
    synchronized (this) {
      change.run();
      for (Map.Entry<Long, Claim> entry : open.entrySet()) {
        Claim claim = entry.getValue();
        if (claim.waiting == null) {
          continue;
        }
        boolean first = entry.getKey().equals(open.firstKey());
        if (!closed && !first && held + claim.wants > most.getAsLong()) {
          break;
        }
        CompletableFuture<Void> waiting = claim.waiting;
        claim.waiting = null;
        if (closed) {
          told.add(() -> waiting.completeExceptionally(new CancellationException("has ended")));
        } else {
          claim.holds += claim.wants;
          held += claim.wants;
          told.add(() -> waiting.complete(null));
        }
      }
    }
    told.forEach(Runnable::run);
  }
}
