package org.ijepa.collective;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.ijepa.kernel.FlatTensor;

/**
 * Collectives between processes: each rank hears the one before it and tells the one after it, over
 * TCP.
 *
 * <p>A sum goes round in chunks. Rank 0 sends its own; each rank adds its own to what it hears and
 * passes it on; the last rank then holds the chunk's sum, which goes round once more, from rank 0
 * on. Many chunks are on their way at once, so that all links are busy. So floats are added in the
 * order of ranks, as {@link LocalGroup} does: the same bits, wherever the ranks live.
 *
 * <p>The caller's thread does it all, with channels that do not block. No rank ever stops hearing
 * while it has something to say, and rank 0 has no more than a window of chunks on their way: so
 * nobody waits in a circle, and memory is bounded.
 */
final class Ring implements Collective {
  /** Elements of a chunk. */
  private static final int CHUNK = 1 << 16;

  /** Round, kind, offset, count, and room. */
  private static final int HEADER = 24;

  static final int FRAME_BYTES = HEADER + CHUNK * Float.BYTES;

  private static final int PARTIAL = 1;
  private static final int WHOLE = 2;

  /** For so long a connection is waited for at least. */
  private static final Duration LEAST_CONNECT = Duration.ofSeconds(1);

  /** Chunks on their way beyond one a rank: they cover the time that a link takes. */
  private static final int WINDOW = 8;

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
  private final Deque<ByteBuffer> outgoing = new ArrayDeque<>();
  private final float[] sum = new float[CHUNK];
  private final float[] own = new float[CHUNK];
  private ByteBuffer incoming;
  private int round;

  Ring(RingPort port, long generation, int rank, List<String> endpoints, Duration timeout) {
    this.port = port;
    this.rank = rank;
    this.endpoints = endpoints;
    this.timeout = timeout;
    int size = endpoints.size();
    before = new Greeting(generation, size, (rank + size - 1) % size, rank);
    after = new Greeting(generation, size, rank, (rank + 1) % size);
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return endpoints.size();
  }

  @Override
  public void allReduceSum(FlatTensor tensor) throws CollectiveException {
    int last = size() - 1;
    run(
        tensor,
        (window, offset) -> {
          int chunks = chunks(window);
          Exchange exchange = new Exchange(window, offset, PARTIAL, last - 1);
          exchange.toSend = rank == 0 ? chunks : 0;
          exchange.toHear = rank == 0 || rank == last ? chunks : 2 * chunks;
          exchange.toPass = rank == last - 1 || rank == last ? chunks : 2 * chunks;
          exchange.run();
        });
  }

  @Override
  public void broadcast(FlatTensor tensor, int root) throws CollectiveException {
    int end = (root + size() - 1) % size();
    run(
        tensor,
        (window, offset) -> {
          int chunks = chunks(window);
          Exchange exchange = new Exchange(window, offset, WHOLE, end);
          exchange.toSend = rank == root ? chunks : 0;
          exchange.toHear = rank == root ? 0 : chunks;
          exchange.toPass = rank == end ? 0 : chunks;
          exchange.run();
        });
  }

  private static int chunks(FloatBuffer window) {
    return (window.capacity() + CHUNK - 1) / CHUNK;
  }

  private interface Part {
    void run(FloatBuffer window, long offset) throws CollectiveException, IOException;
  }

  private void run(FlatTensor tensor, Part part) throws CollectiveException {
    failIfAborted(null);
    if (size() == 1) {
      return;
    }
    round++;
    Exception[] failed = new Exception[1];
    try {
      connect();
      tensor.write(
          0,
          tensor.size(),
          (offset, window) -> {
            try {
              if (failed[0] == null) {
                part.run(window, offset);
              }
            } catch (IOException | CollectiveException | RuntimeException e) {
              failed[0] = e;
            }
          });
    } catch (IOException | CollectiveException | ClosedSelectorException e) {
      failed[0] = e;
    }
    if (failed[0] instanceof CollectiveException known) {
      abort(known.getMessage(), known.suspect());
    } else if (failed[0] != null) {
      abort("rank " + rank + " lost a neighbour: " + failed[0].getMessage(), Optional.empty());
    }
    if (failed[0] != null) {
      failIfAborted(failed[0]);
    }
  }

  private synchronized void failIfAborted(Exception cause) throws CollectiveException {
    if (failure != null) {
      throw new CollectiveException(
          "collective of " + size() + " trainers ended: " + failure, suspect, cause);
    }
  }

  private void connect() throws IOException, CollectiveException {
    SocketChannel to;
    CompletableFuture<SocketChannel> from;
    synchronized (this) {
      failIfAborted(null);
      if (inKey != null) {
        return;
      }
      from = port.expect(before);
      to = SocketChannel.open();
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

  /** One tensor, or the part of it that a buffer can show, on its way round. */
  private final class Exchange {
    private final FloatBuffer window;
    private final long offset;
    private final int kind;

    /** The rank that passes nothing whole on. */
    private final int end;

    private final int ahead = WINDOW + size();

    /** Frames that begin here, that come, and that leave. */
    private int toSend;

    private int toHear;
    private int toPass;
    private int sent;
    private int heard;
    private int passed;
    private long moved = System.nanoTime();

    Exchange(FloatBuffer window, long offset, int kind, int end) {
      this.window = window;
      this.offset = offset;
      this.kind = kind;
      this.end = end;
    }

    void run() throws IOException, CollectiveException {
      while (sent < toSend || heard < toHear || !outgoing.isEmpty()) {
        boolean said = say();
        boolean flushed = flush();
        if (hear() || said || flushed) {
          moved = System.nanoTime();
        } else {
          select();
        }
      }
    }

    /** Puts this rank's own next chunks on their way. */
    private boolean say() {
      int already = sent;
      while (sent < toSend && outgoing.size() < ahead && (toHear == 0 || sent - heard < ahead)) {
        int at = sent++ * CHUNK;
        int count = Math.min(CHUNK, window.capacity() - at);
        ByteBuffer frame = port.take();
        window.get(at, own, 0, count);
        frame.asFloatBuffer().put(HEADER / Float.BYTES, own, 0, count);
        frame.putInt(0, round).putInt(4, kind).putLong(8, offset + at).putInt(16, count);
        pass(frame, count);
      }
      return sent > already;
    }

    private void pass(ByteBuffer frame, int count) {
      outgoing.addLast(frame.limit(HEADER + count * Float.BYTES).position(0));
    }

    private boolean flush() throws CollectiveException {
      boolean progress = false;
      for (ByteBuffer frame = outgoing.peekFirst(); frame != null; frame = outgoing.peekFirst()) {
        progress |= write(frame) > 0;
        if (frame.hasRemaining()) {
          break;
        }
        port.giveBack(outgoing.removeFirst());
        passed++;
      }
      return progress;
    }

    private int write(ByteBuffer frame) throws CollectiveException {
      try {
        return out.write(frame);
      } catch (IOException e) {
        throw lost(after.to(), e.getMessage(), e);
      }
    }

    private int read(ByteBuffer frame) throws CollectiveException {
      try {
        return in.read(frame);
      } catch (IOException e) {
        throw lost(Ring.this.before.from(), e.getMessage(), e);
      }
    }

    private boolean hears() {
      // A sum is never kept waiting, or ranks would wait in a circle; its window bounds it.
      return heard < toHear && (kind == PARTIAL || outgoing.size() < ahead);
    }

    private boolean hear() throws CollectiveException {
      boolean progress = false;
      while (hears()) {
        if (incoming == null) {
          incoming = port.take().limit(HEADER);
        }
        int bytes = read(incoming);
        if (bytes < 0) {
          throw gone(Ring.this.before.from());
        }
        progress |= bytes > 0;
        if (incoming.hasRemaining()) {
          return progress;
        }
        int count = incoming.getInt(16);
        if (incoming.position() == HEADER) {
          check(incoming, count);
          incoming.limit(HEADER + count * Float.BYTES);
        } else {
          ByteBuffer frame = incoming;
          incoming = null;
          heard++;
          take(frame, count);
        }
      }
      return progress;
    }

    private void check(ByteBuffer frame, int count) throws CollectiveException {
      long at = frame.getLong(8) - offset;
      boolean expected =
          frame.getInt(0) == round
              && at >= 0
              && at % CHUNK == 0
              && count > 0
              && count == Math.min(CHUNK, window.capacity() - at);
      if (!expected) {
        throw new CollectiveException(
            "rank " + Ring.this.before.from() + " is at another call or has another size");
      }
    }

    private void take(ByteBuffer frame, int count) {
      int at = (int) (frame.getLong(8) - offset);
      FloatBuffer values = frame.position(HEADER).slice().order(frame.order()).asFloatBuffer();
      values.get(0, sum, 0, count);
      boolean onward = rank != end;
      if (frame.getInt(4) == PARTIAL) {
        window.get(at, own, 0, count);
        for (int i = 0; i < count; i++) {
          sum[i] += own[i];
        }
        values.put(0, sum, 0, count);
        onward = true;
        if (rank == size() - 1) {
          window.put(at, sum, 0, count);
          frame.putInt(4, WHOLE);
        }
      } else {
        window.put(at, sum, 0, count);
      }
      if (onward) {
        pass(frame, count);
      } else {
        port.giveBack(frame);
      }
    }

    private void select() throws IOException, CollectiveException {
      inKey.interestOps(hears() ? SelectionKey.OP_READ : 0);
      // The rank after never speaks: it is readable once it has ended.
      outKey.interestOps(
          (outgoing.isEmpty() ? 0 : SelectionKey.OP_WRITE)
              | (passed < toPass ? SelectionKey.OP_READ : 0));
      long left = timeout.toNanos() - (System.nanoTime() - moved);
      if (left <= 0) {
        // What does not leave is not taken; else it is the rank before that says nothing.
        throw late(outgoing.isEmpty() ? Ring.this.before.from() : after.to());
      }
      selector.select(TimeUnit.NANOSECONDS.toMillis(left) + 1);
      selector.selectedKeys().clear();
      failIfAborted(null);
      if (outKey.isReadable()) {
        throw gone(after.to());
      }
    }
  }

  @Override
  public void check() throws CollectiveException {
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
      abort("rank " + rank + " lost a neighbour: " + e.getMessage(), Optional.empty());
    }
    failIfAborted(null);
  }

  @Override
  public void abort() {
    abort("rank " + rank + " aborted", Optional.empty());
  }

  private void abort(String why, Optional<Suspect> blamed) {
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

  @Override
  public void close() {
    abort("rank " + rank + " left", Optional.empty());
  }
}
