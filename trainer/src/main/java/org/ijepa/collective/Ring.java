package org.ijepa.collective;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 *
 * <p>What is said lies in the tensor, and so does what is heard of whole sums: no byte is copied
 * between channel and tensor. Floats travel in the order of bytes that machines for which there is
 * an engine have, little-endian. What is rounded goes round before the rest, in chunks beside the
 * tensor: rank 0 rounds its own, and the others what they add and each sum.
 */
final class Ring implements Collective {
  /** Elements of a chunk. */
  private static final int CHUNK = 1 << 16;

  /** Round, kind, offset, count, and format. */
  private static final int HEADER = 24;

  static final int CHUNK_BYTES = CHUNK * Float.BYTES;

  /** Elements that are added at once, in the nearest of the processor's caches. */
  private static final int BLOCK = 1 << 12;

  private static final int PARTIAL = 1;
  private static final int WHOLE = 2;

  private static final int FLOAT32 = 0;
  private static final int BFLOAT16 = 1;

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
  private final Deque<Frame> outgoing = new ArrayDeque<>();
  private final float[] sum = new float[BLOCK];
  private final float[] own = new float[BLOCK];
  private final RoundedChunks rounding = new RoundedChunks();
  private final ByteBuffer header = header();

  /** Where the bytes behind {@link #header} go; none while it is being heard. */
  private ByteBuffer body;

  private int round;

  /** What is being sent: header and chunk. */
  private static final class Frame {
    private final ByteBuffer[] parts;

    /** Memory of the port that the chunk lies in; else it lies in the tensor. */
    private final Optional<ByteBuffer> borrowed;

    Frame(ByteBuffer header, ByteBuffer chunk, Optional<ByteBuffer> borrowed) {
      this.parts = new ByteBuffer[] {header, chunk};
      this.borrowed = borrowed;
    }

    boolean isSent() {
      return !parts[1].hasRemaining();
    }
  }

  private static ByteBuffer header() {
    return ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
  }

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
  public void allReduceSum(FlatTensor tensor, long rounded) throws CollectiveException {
    if (rounded > 0) {
      sum(tensor, 0, rounded, BFLOAT16);
    }
    if (rounded < tensor.size()) {
      sum(tensor, rounded, tensor.size() - rounded, FLOAT32);
    }
  }

  private void sum(FlatTensor tensor, long from, long count, int format)
      throws CollectiveException {
    int last = size() - 1;
    run(
        tensor,
        from,
        count,
        (window, offset) -> {
          int chunks = chunks(window);
          Exchange exchange = new Exchange(window, offset, PARTIAL, last - 1, format);
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
        0,
        tensor.size(),
        (window, offset) -> {
          int chunks = chunks(window);
          Exchange exchange = new Exchange(window, offset, WHOLE, end, FLOAT32);
          exchange.toSend = rank == root ? chunks : 0;
          exchange.toHear = rank == root ? 0 : chunks;
          exchange.toPass = rank == end ? 0 : chunks;
          exchange.run();
        });
  }

  private static int chunks(ByteBuffer window) {
    return (window.capacity() + CHUNK_BYTES - 1) / CHUNK_BYTES;
  }

  private interface Part {
    void run(ByteBuffer window, long offset) throws CollectiveException, IOException;
  }

  private void run(FlatTensor tensor, long from, long count, Part part) throws CollectiveException {
    failIfAborted(null);
    if (size() == 1) {
      return;
    }
    round++;
    Exception[] failed = new Exception[1];
    try {
      connect();
      tensor.writeBytes(
          from,
          count,
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

  /** One tensor, or the part of it that a buffer can show, on its way round. */
  private final class Exchange {
    private final ByteBuffer window;
    private final long offset;
    private final int kind;

    /** The rank that passes nothing whole on. */
    private final int end;

    private final int format;

    private final int ahead = WINDOW + size();

    /** Frames that begin here, that come, and that leave. */
    private int toSend;

    private int toHear;
    private int toPass;
    private int sent;
    private int heard;
    private int passed;
    private long moved = System.nanoTime();

    Exchange(ByteBuffer window, long offset, int kind, int end, int format) {
      this.window = window;
      this.offset = offset;
      this.kind = kind;
      this.end = end;
      this.format = format;
    }

    private boolean rounds() {
      return format == BFLOAT16;
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
        if (rounds()) {
          ByteBuffer chunk = chunk(at);
          rounding.fill(chunk, own(at));
          pass(kind, at, chunk, Optional.of(chunk));
        } else {
          pass(kind, at, own(at), Optional.empty());
        }
      }
      return sent > already;
    }

    /** Elements of the chunk that begins at an element of the window. */
    private int count(int at) {
      return Math.min(CHUNK, window.capacity() / Float.BYTES - at);
    }

    private ByteBuffer own(int at) {
      return window.slice(at * Float.BYTES, count(at) * Float.BYTES).order(window.order());
    }

    private ByteBuffer chunk(int at) {
      int count = count(at);
      return port.take().limit(rounds() ? RoundedChunks.bytes(count) : count * Float.BYTES);
    }

    private void pass(int kind, int at, ByteBuffer chunk, Optional<ByteBuffer> borrowed) {
      ByteBuffer head = header();
      head.putInt(0, round).putInt(4, kind).putLong(8, offset + at);
      head.putInt(16, count(at)).putInt(20, format);
      outgoing.addLast(new Frame(head, chunk.rewind(), borrowed));
    }

    private boolean flush() throws CollectiveException {
      boolean progress = false;
      for (Frame frame = outgoing.peekFirst(); frame != null; frame = outgoing.peekFirst()) {
        progress |= write(frame.parts) > 0;
        if (!frame.isSent()) {
          break;
        }
        outgoing.removeFirst();
        frame.borrowed.ifPresent(port::giveBack);
        passed++;
      }
      return progress;
    }

    private long write(ByteBuffer... parts) throws CollectiveException {
      try {
        return out.write(parts);
      } catch (IOException e) {
        throw lost(after.to(), e.getMessage(), e);
      }
    }

    private int read(ByteBuffer part) throws CollectiveException {
      try {
        return in.read(part);
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
        ByteBuffer part = body == null ? header : body;
        int bytes = read(part);
        if (bytes < 0) {
          throw gone(Ring.this.before.from());
        }
        progress |= bytes > 0;
        if (part.hasRemaining()) {
          return progress;
        }
        int at = (int) (header.getLong(8) - offset);
        boolean whole = header.getInt(4) == WHOLE;
        if (body == null) {
          check();
          // A sum that is whole goes where it belongs at once.
          body = whole && !rounds() ? own(at) : chunk(at);
        } else {
          ByteBuffer chunk = body;
          body = null;
          header.clear();
          heard++;
          if (whole) {
            keep(at, chunk);
          } else if (rounds()) {
            addRounded(at, chunk);
          } else {
            add(at, chunk);
          }
        }
      }
      return progress;
    }

    private void check() throws CollectiveException {
      long at = header.getLong(8) - offset;
      boolean expected =
          header.getInt(0) == round
              && at >= 0
              && at % CHUNK == 0
              && at < window.capacity() / Float.BYTES
              && header.getInt(16) == count((int) at)
              && header.getInt(20) == format;
      if (!expected) {
        throw new CollectiveException(
            "rank " + Ring.this.before.from() + " is at another call or has another size");
      }
    }

    private void keep(int at, ByteBuffer chunk) {
      Optional<ByteBuffer> borrowed = rounds() ? Optional.of(chunk) : Optional.empty();
      borrowed.ifPresent(heard -> rounding.store(heard, own(at)));
      if (rank != end) {
        pass(WHOLE, at, chunk, borrowed);
      } else {
        borrowed.ifPresent(port::giveBack);
      }
    }

    /**
     * As {@link #add}; the sum stays in the chunk, as others get it, and the last rank has both.
     */
    private void addRounded(int at, ByteBuffer chunk) {
      ByteBuffer mine = own(at);
      rounding.add(chunk, mine);
      boolean last = rank == size() - 1;
      if (last) {
        rounding.store(chunk, mine);
      }
      pass(last ? WHOLE : PARTIAL, at, chunk, Optional.of(chunk));
    }

    /** Adds this rank's own to what was heard: the last rank in its tensor, as the sum is whole. */
    private void add(int at, ByteBuffer chunk) {
      int count = count(at);
      boolean last = rank == size() - 1;
      ByteBuffer mine = own(at);
      FloatBuffer heard = chunk.rewind().slice().order(chunk.order()).asFloatBuffer();
      FloatBuffer added = mine.asFloatBuffer();
      for (int from = 0; from < count; from += BLOCK) {
        int length = Math.min(BLOCK, count - from);
        heard.get(from, sum, 0, length);
        added.get(from, own, 0, length);
        for (int i = 0; i < length; i++) {
          sum[i] += own[i];
        }
        (last ? added : heard).put(from, sum, 0, length);
      }
      if (last) {
        port.giveBack(chunk);
        pass(WHOLE, at, mine, Optional.empty());
      } else {
        pass(PARTIAL, at, chunk, Optional.of(chunk));
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
