package org.ijepa.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Carries the connections between the nodes of a run on this machine, so that a {@link Partition}
 * can stop them: while one lies between two nodes, nothing that the one sends reaches the other,
 * and no connection ends; what was sent arrives when it is over, as over a cable that was pulled
 * and put back. Only a new connection seems to stand at once, and is then silent. Each node listens
 * and connects from an address of its own, which tells who it is.
 */
final class Relays implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int BACKLOG = 200;
  private static final long LOOK_MILLIS = 50;

  private final Path run;
  private final InstantSource clock;
  private final Consumer<String> lines;
  private final List<ServerSocket> servers = new ArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile Partition partition = Partition.NONE;
  private volatile boolean closed;

  /**
   * Carries nothing yet.
   *
   * @param run folder where a partition is found
   * @param lines hears what goes wrong
   */
  Relays(Path run, InstantSource clock, Consumer<String> lines) {
    this.run = run;
    this.clock = clock;
    this.lines = lines;
  }

  /** Carries what comes to any free port of a host to another one; returns the port it comes to. */
  int open(String host, int target) throws IOException {
    InetAddress address = InetAddress.getByName(host);
    ServerSocket server = new ServerSocket(0, BACKLOG, address);
    if (servers.isEmpty()) {
      thread(this::watch);
    }
    servers.add(server);
    thread(() -> accept(server, new InetSocketAddress(address, target)));
    return server.getLocalPort();
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes note of the partition that there is. */
  synchronized void look() throws IOException {
    partition = Partition.read(run);
  }

  private void watch() {
    while (!closed) {
      try {
        look();
      } catch (IOException e) {
        lines.accept("the relays cannot look for a partition: " + e);
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept(ServerSocket server, InetSocketAddress target) {
    while (!closed) {
      try {
        Link link = new Link(server.accept(), new Socket(), target);
        thread(link::carry);
      } catch (IOException e) {
        // One that was gone before it was heard, too many at once, or the relays are closed.
        pause();
      }
    }
  }

  /** One connection: that of a node to the relay, and the relay's to the other node. */
  private final class Link {
    private final Socket from;
    private final Socket to;
    private final InetSocketAddress target;
    private final String one;
    private final String other;
    private final AtomicInteger ways = new AtomicInteger(2);

    Link(Socket from, Socket to, InetSocketAddress target) {
      this.from = from;
      this.to = to;
      this.target = target;
      one = from.getInetAddress().getHostAddress();
      other = target.getAddress().getHostAddress();
      sockets.add(from);
      sockets.add(to);
      if (closed) {
        end();
      }
    }

    void carry() {
      try {
        pass();
        to.connect(target);
        from.setTcpNoDelay(true);
        to.setTcpNoDelay(true);
        thread(() -> pump(to, from));
        pump(from, to);
      } catch (IOException e) {
        // Nobody listens there, as when nothing stood between.
        end();
      }
    }

    private void pump(Socket source, Socket sink) {
      byte[] buffer = new byte[BUFFER_BYTES];
      try {
        InputStream in = source.getInputStream();
        OutputStream out = sink.getOutputStream();
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          pass();
          out.write(buffer, 0, count);
        }
        pass();
        sink.shutdownOutput();
        if (ways.decrementAndGet() == 0) {
          end();
        }
      } catch (IOException e) {
        // That an end broke is news, too, which gets over when anything does.
        pass();
        end();
      }
    }

    /** Waits while nothing gets from one node to the other. */
    private void pass() {
      while (!closed && partition.isBetween(one, other, clock.millis())) {
        pause();
      }
    }

    private void end() {
      close(from);
      close(to);
    }
  }

  private void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It carries nothing any more either way.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    for (ServerSocket server : servers) {
      server.close();
    }
    sockets.forEach(this::close);
  }
}
