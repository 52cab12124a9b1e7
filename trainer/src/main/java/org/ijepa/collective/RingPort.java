package org.ijepa.collective;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Where a process hears the other trainers of its run: accepts their connections and hands each to
 * the {@link Ring} that it is for, which may come later. One for all trainers of the process.
 */
public final class RingPort implements AutoCloseable {
  private static final int GREETING_MILLIS = 5000;

  /** Connections that greet at a time; trainers are done in a moment. */
  private static final int MOST_GUESTS = 64;

  /** After a connection that could not be taken, as where no more files may be open. */
  private static final long PAUSE_NANOS = 100_000_000;

  /** Connections that wait for their ring; more are nothing that trainers do. */
  private static final int MOST_WAITING = 1024;

  private static final int MOST_BUFFERS = 128;

  private final byte[] key;
  private final Location self;
  private final ServerSocketChannel server;
  private final ExecutorService threads = Executors.newCachedThreadPool(RingPort::daemon);
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, RingPort::daemon);

  /** Those who greet, in the order in which they came. */
  private final Set<Guest> guests = new LinkedHashSet<>();

  private final Map<Greeting, CompletableFuture<SocketChannel>> waiting = new HashMap<>();
  private final ConcurrentLinkedQueue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

  /** Places of rings that have ended. */
  private final Set<Greeting> ended = new HashSet<>();

  private long newest;
  private boolean closed;

  /**
   * Where a process is.
   *
   * @param host that others reach it at
   * @param port that others reach it at; 0: the one it listens on
   * @param listenHost that it listens on, and that its own connections come from; empty: {@code
   *     host}, and connections from whatever address the system chooses
   * @param listenPort that it listens on; 0: {@code port}, or any free one where that is 0, too
   */
  public record Location(String host, int port, String listenHost, int listenPort) {
    /** On any free port of an address. */
    public static Location at(String host) {
      return new Location(host, 0, "", 0);
    }

    private InetSocketAddress listening() {
      return new InetSocketAddress(
          listenHost.isEmpty() ? host : listenHost, listenPort == 0 ? port : listenPort);
    }
  }

  /** A connection of which nobody knows yet whose it is. */
  private static final class Guest {
    private final SocketChannel channel;
    private final AtomicBoolean settled = new AtomicBoolean();

    Guest(SocketChannel channel) {
      this.channel = channel;
    }

    /** False if it was sent away. */
    boolean stays() {
      return settled.compareAndSet(false, true);
    }

    /** Unless it is known already. */
    void sendAway() {
      if (settled.compareAndSet(false, true)) {
        RingLinks.closeQuietly(channel);
      }
    }
  }

  private RingPort(Location self, byte[] key, ServerSocketChannel server) {
    this.self = self;
    this.key = key;
    this.server = server;
    clock.setRemoveOnCancelPolicy(true);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "ring-port");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Listens for the others.
   *
   * @param run what its trainers have in common
   * @param secret that nobody else knows; empty where nobody else can connect
   */
  public static RingPort open(Location location, String run, byte[] secret) throws IOException {
    InetSocketAddress listening = location.listening();
    ServerSocketChannel server = ServerSocketChannel.open();
    try {
      server.bind(listening);
    } catch (IOException | RuntimeException e) {
      server.close();
      String where =
          listening.getHostString() + (listening.getPort() == 0 ? "" : ":" + listening.getPort());
      throw new IOException("trainers cannot listen on " + where + ": " + e.getMessage(), e);
    }
    RingPort port = new RingPort(location, Greeting.key(run, secret), server);
    port.threads.execute(port::accept);
    return port;
  }

  /** Where the others find this process, as {@code host:port}. */
  public String endpoint() {
    int port = self.port() == 0 ? server.socket().getLocalPort() : self.port();
    return self.host() + ":" + port;
  }

  /**
   * One rank's end of a generation's ring. Nothing is connected before the first call.
   *
   * @param endpoints of all ranks
   * @param timeout after which a call that moves no data has failed
   */
  public Collective join(long generation, int rank, List<String> endpoints, Duration timeout) {
    synchronized (waiting) {
      newest = Math.max(newest, generation);
      ended.removeIf(place -> place.generation() < newest);
      waiting
          .entrySet()
          .removeIf(
              entry -> {
                boolean old = entry.getKey().generation() < newest;
                if (old) {
                  discard(entry.getValue());
                }
                return old;
              });
    }
    RingLinks links = new RingLinks(this, generation, rank, List.copyOf(endpoints), timeout);
    return new Ring(this, links, rank, endpoints.size());
  }

  private void accept() {
    while (server.isOpen()) {
      acceptOne();
    }
  }

  private void acceptOne() {
    try {
      Guest guest = new Guest(server.accept());
      makeRoom(guest);
      threads.execute(() -> greet(guest));
    } catch (IOException | RejectedExecutionException e) {
      // One that was gone before it was heard, or the port is closed, or soon there is room again.
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Whoever has greeted longest is no trainer. */
  private void makeRoom(Guest coming) {
    synchronized (guests) {
      guests.add(coming);
      if (guests.size() > MOST_GUESTS) {
        Guest oldest = guests.iterator().next();
        guests.remove(oldest);
        oldest.sendAway();
      }
    }
  }

  private void greet(Guest guest) {
    SocketChannel channel = guest.channel;
    Future<?> late = clock.schedule(guest::sendAway, GREETING_MILLIS, TimeUnit.MILLISECONDS);
    try {
      DataOutputStream out = new DataOutputStream(channel.socket().getOutputStream());
      Greeting.Doorway doorway = new Greeting.Doorway(key);
      CompletableFuture<SocketChannel> place =
          expect(doorway.read(new DataInputStream(channel.socket().getInputStream()), out));
      doorway.welcome(out);
      if (!guest.stays()) {
        throw new IOException("too late");
      }
      if (!place.complete(channel)) {
        channel.close();
      }
    } catch (IOException e) {
      RingLinks.closeQuietly(channel);
    } finally {
      late.cancel(false);
      synchronized (guests) {
        guests.remove(guest);
      }
    }
  }

  /** The connection of a place, now or later. */
  CompletableFuture<SocketChannel> expect(Greeting greeting) throws IOException {
    synchronized (waiting) {
      if (closed
          || greeting.generation() < newest
          || ended.contains(greeting)
          || waiting.size() >= MOST_WAITING) {
        throw new IOException("generation " + greeting.generation() + " is not waited for");
      }
      return waiting.computeIfAbsent(greeting, place -> new CompletableFuture<>());
    }
  }

  /** A ring that ended takes no connection any more. */
  void forget(Greeting greeting) {
    synchronized (waiting) {
      ended.add(greeting);
      CompletableFuture<SocketChannel> place = waiting.remove(greeting);
      if (place != null) {
        discard(place);
      }
    }
  }

  private static void discard(CompletableFuture<SocketChannel> place) {
    boolean never = place.cancel(false);
    if (!never && !place.isCompletedExceptionally()) {
      RingLinks.closeQuietly(place.join());
    }
  }

  /** A connection that is none yet, from where this process listens if it must be. */
  SocketChannel channel() throws IOException {
    SocketChannel channel = SocketChannel.open();
    if (!self.listenHost().isEmpty()) {
      try {
        channel.bind(new InetSocketAddress(self.listenHost(), 0));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw new IOException(
            "trainers cannot connect from " + self.listenHost() + ": " + e.getMessage(), e);
      }
    }
    return channel;
  }

  /** Greets the process of the next rank on a new connection. */
  void introduce(SocketChannel channel, Greeting greeting, String endpoint, int millis)
      throws IOException {
    int colon = endpoint.lastIndexOf(':');
    channel
        .socket()
        .connect(
            new InetSocketAddress(
                endpoint.substring(0, colon), Integer.parseInt(endpoint.substring(colon + 1))),
            millis);
    channel.socket().setSoTimeout(millis);
    greeting.introduce(
        new DataInputStream(channel.socket().getInputStream()),
        new DataOutputStream(channel.socket().getOutputStream()),
        key);
  }

  /** A buffer for one frame. */
  ByteBuffer take() {
    ByteBuffer buffer = buffers.poll();
    return buffer == null
        ? ByteBuffer.allocateDirect(Ring.CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN)
        : buffer.clear();
  }

  void giveBack(ByteBuffer buffer) {
    if (buffers.size() < MOST_BUFFERS) {
      buffers.add(buffer);
    }
  }

  @Override
  public void close() {
    RingLinks.closeQuietly(server);
    synchronized (waiting) {
      closed = true;
      waiting.values().forEach(RingPort::discard);
      waiting.clear();
    }
    clock.shutdownNow();
    threads.shutdownNow();
  }
}
