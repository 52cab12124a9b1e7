package org.ijepa.collective;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * A rank's connections in a ring: from the rank before it, which it hears, and to the rank after
 * it, which it tells and which never speaks. Neither blocks. Used by the thread that calls the
 * collective, but for {@link #abort}, which any may call.
 */
final class RingLinks {
  /** For so long a connection is waited for at least. */
  private static final Duration LEAST_CONNECT = Duration.ofSeconds(1);

  private final RingPort port;
  private final int rank;
  private final List<String> endpoints;
  private final Duration timeout;
  private final Greeting before;
  private final Greeting after;

  // Shared with whoever aborts.
  private String failure;
  private Optional<Suspect> suspect = Optional.empty();
  private SocketChannel in;
  private SocketChannel out;
  private Selector selector;

  // Of the caller's thread alone.
  private SelectionKey inKey;
  private SelectionKey outKey;

  /**
   * Connections of a generation, which {@link #connect} makes.
   *
   * @param endpoints of all ranks
   * @param timeout after which a call that moves no data has failed
   */
  RingLinks(RingPort port, long generation, int rank, List<String> endpoints, Duration timeout) {
    this.port = port;
    this.rank = rank;
    this.endpoints = endpoints;
    this.timeout = timeout;
    int size = endpoints.size();
    before = new Greeting(generation, size, (rank + size - 1) % size, rank);
    after = new Greeting(generation, size, rank, (rank + 1) % size);
  }

  /** The rank that is heard. */
  int before() {
    return before.from();
  }

  /**
   * Goes on as long as the group stands.
   *
   * @param cause of what is thrown; null where it is another's
   */
  synchronized void failIfAborted(Exception cause) throws CollectiveException {
    if (failure != null) {
      throw new CollectiveException(
          "collective of " + endpoints.size() + " trainers ended: " + failure, suspect, cause);
    }
  }

  /** Makes both connections, unless they are there. */
  void connect() throws IOException, CollectiveException {
    SocketChannel to;
    CompletableFuture<SocketChannel> from;
    synchronized (this) {
      failIfAborted(null);
      if (inKey != null) {
        return;
      }
      from = port.expect(before);
      to = port.channel();
      out = to;
    }
    try {
      port.introduce(to, after, endpoints.get(after.to()), connectMillis());
    } catch (Greeting.Declined e) {
      throw lost(after.to(), e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      throw new CollectiveException(
          "rank " + rank + " cannot reach " + text(after.to()) + ": " + e.getMessage(),
          Optional.of(new Suspect(after.to(), Symptom.UNREACHABLE)),
          e);
    }
    synchronized (this) {
      failIfAborted(null);
      selector = Selector.open();
      out.configureBlocking(false);
      out.socket().setTcpNoDelay(true);
      outKey = out.register(selector, SelectionKey.OP_READ);
    }
    SocketChannel heard = await(from);
    synchronized (this) {
      in = heard;
      if (failure != null) {
        closeQuietly(heard);
        failIfAborted(null);
      }
      in.configureBlocking(false);
      inKey = in.register(selector, 0);
    }
  }

  /**
   * Half the time-out: who cannot be connected to is named before others, who wait for the one that
   * tries, name that.
   */
  private int connectMillis() {
    long half = timeout.dividedBy(2).toMillis();
    return (int) Math.min(Integer.MAX_VALUE, Math.max(LEAST_CONNECT.toMillis(), half));
  }

  private String text(int other) {
    return "rank " + other + " at " + endpoints.get(other);
  }

  private CollectiveException lost(int other, String why, Exception cause) {
    return new CollectiveException(
        text(other) + ": " + why, Optional.of(new Suspect(other, Symptom.GONE)), cause);
  }

  private CollectiveException gone(int other) {
    return new CollectiveException(
        text(other) + " is gone", Optional.of(new Suspect(other, Symptom.GONE)), null);
  }

  private CollectiveException late(int other) {
    return new CollectiveException(
        "rank " + rank + " waited " + timeout.toMillis() + " ms for " + text(other),
        Optional.of(new Suspect(other, Symptom.SILENT)),
        null);
  }

  /** Waits for the rank before; the rank after, which never speaks, is heard if it ends. */
  private SocketChannel await(CompletableFuture<SocketChannel> from)
      throws IOException, CollectiveException {
    Selector waiting = selector;
    CompletableFuture<SocketChannel> arrived =
        from.whenComplete((channel, failed) -> waiting.wakeup());
    long started = System.nanoTime();
    while (!from.isDone()) {
      long left = timeout.toNanos() - (System.nanoTime() - started);
      if (left <= 0) {
        throw late(before.from());
      }
      waiting.select(TimeUnit.NANOSECONDS.toMillis(left) + 1);
      if (!waiting.selectedKeys().isEmpty()) {
        throw gone(after.to());
      }
      failIfAborted(null);
    }
    try {
      return arrived.join();
    } catch (CancellationException | CompletionException e) {
      throw lost(before.from(), "does not come", e);
    }
  }

  /** Tells the rank after as much as goes now; bytes. */
  long write(ByteBuffer... parts) throws CollectiveException {
    try {
      return out.write(parts);
    } catch (IOException e) {
      throw lost(after.to(), e.getMessage(), e);
    }
  }

  /** Hears from the rank before what there is; bytes. */
  int read(ByteBuffer part) throws CollectiveException {
    int bytes;
    try {
      bytes = in.read(part);
    } catch (IOException e) {
      throw lost(before.from(), e.getMessage(), e);
    }
    if (bytes < 0) {
      throw gone(before.from());
    }
    return bytes;
  }

  /**
   * Waits until something of this can go on.
   *
   * @param hears whether the rank before is to be heard
   * @param tells whether there is something for the rank after
   * @param watches whether the rank after must not have ended yet
   * @param movedNanos since when nothing has moved
   * @throws CollectiveException if that is longer than the time-out, or a rank is gone
   */
  void await(boolean hears, boolean tells, boolean watches, long movedNanos)
      throws IOException, CollectiveException {
    inKey.interestOps(hears ? SelectionKey.OP_READ : 0);
    // The rank after is readable once it has ended.
    outKey.interestOps((tells ? SelectionKey.OP_WRITE : 0) | (watches ? SelectionKey.OP_READ : 0));
    long left = timeout.toNanos() - (System.nanoTime() - movedNanos);
    if (left <= 0) {
      // What does not leave is not taken; else it is the rank before that says nothing.
      throw late(tells ? after.to() : before.from());
    }
    selector.select(TimeUnit.NANOSECONDS.toMillis(left) + 1);
    selector.selectedKeys().clear();
    failIfAborted(null);
    if (outKey.isReadable()) {
      throw gone(after.to());
    }
  }

  /** As {@link Collective#check} says. */
  void check() throws CollectiveException {
    failIfAborted(null);
    if (inKey == null) {
      return;
    }
    try {
      // Between calls nobody speaks: what can be read is a connection's end.
      inKey.interestOps(SelectionKey.OP_READ);
      outKey.interestOps(SelectionKey.OP_READ);
      selector.selectNow();
      boolean isBeforeGone = selector.selectedKeys().contains(inKey);
      boolean isGone = !selector.selectedKeys().isEmpty();
      selector.selectedKeys().clear();
      if (isGone) {
        CollectiveException ended = gone(isBeforeGone ? before.from() : after.to());
        abort(ended.getMessage(), ended.suspect());
      }
    } catch (IOException | ClosedSelectorException | CancelledKeyException e) {
      lose(e);
    }
    failIfAborted(null);
  }

  /**
   * Ends the group for all ranks, as the connections close; what was said first stays the reason.
   */
  void abort(String why, Optional<Suspect> blamed) {
    synchronized (this) {
      if (failure == null) {
        failure = why;
        suspect = blamed;
      }
      closeQuietly(in);
      closeQuietly(out);
      if (selector != null) {
        closeQuietly(selector);
      }
    }
    port.forget(before);
  }

  /** Ends the group for what happened to a connection. */
  void lose(Exception why) {
    abort("rank " + rank + " lost a neighbour: " + why.getMessage(), Optional.empty());
  }

  static void closeQuietly(AutoCloseable resource) {
    try {
      if (resource != null) {
        resource.close();
      }
    } catch (Exception e) {
      // Nothing is lost with a connection that is given up anyway.
      return;
    }
  }
}
