package org.ijepa.collective;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.ClosedSelectorException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
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

  /** Chunks on their way beyond one a rank: they cover the time that a link takes. */
  private static final int WINDOW = 8;

  private final RingPort port;
  private final RingLinks links;
  private final int rank;
  private final int size;

  // Of the caller's thread alone.
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

  Ring(RingPort port, RingLinks links, int rank, int size) {
    this.port = port;
    this.links = links;
    this.rank = rank;
    this.size = size;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
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
    links.failIfAborted(null);
    if (size() == 1) {
      return;
    }
    round++;
    Exception[] failed = new Exception[1];
    try {
      links.connect();
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
      links.abort(known.getMessage(), known.suspect());
    } else if (failed[0] != null) {
      links.lose(failed[0]);
    }
    if (failed[0] != null) {
      links.failIfAborted(failed[0]);
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
          // The rank after may end once it has all that this one passes on.
          links.await(hears(), !outgoing.isEmpty(), passed < toPass, moved);
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
        progress |= links.write(frame.parts) > 0;
        if (!frame.isSent()) {
          break;
        }
        outgoing.removeFirst();
        frame.borrowed.ifPresent(port::giveBack);
        passed++;
      }
      return progress;
    }

    private boolean hears() {
      // A sum is never kept waiting, or ranks would wait in a circle; its window bounds it.
      return heard < toHear && (kind == PARTIAL || outgoing.size() < ahead);
    }

    private boolean hear() throws CollectiveException {
      boolean progress = false;
      while (hears()) {
        ByteBuffer part = body == null ? header : body;
        progress |= links.read(part) > 0;
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
            "rank " + links.before() + " is at another call or has another size");
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
  }

  @Override
  public void check() throws CollectiveException {
    links.check();
  }

  @Override
  public void abort() {
    links.abort("rank " + rank + " aborted", Optional.empty());
  }

  @Override
  public void close() {
    links.abort("rank " + rank + " left", Optional.empty());
  }
}
