package org.ijepa.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
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

/**
 * Carries the connections between the nodes of a run on this machine, so that a {@link Partition}
 * can stop them: while one lies between two nodes, nothing that the one sends reaches the other,
 * and no connection ends; what was sent arrives when it is over, as over a cable that was pulled
 * and put back. Each node listens and connects from an address of its own, which tells who it is.
 */
final class Relays implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int BACKLOG = 200;
  private static final long LOOK_MILLIS = 50;

  private final Path run;
  private final InstantSource clock;
  private final List<ServerSocket> servers = new ArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Partition partition;
  private volatile boolean closed;

  /**
   * Carries nothing yet.
   *
   * @param run folder where a partition is found
   */
  Relays(Path run, InstantSource clock) throws IOException {
    this.run = run;
    this.clock = clock;
    partition = Partition.read(run);
    thread(this::watch);
  }

  /** Carries what comes to any free port of a host to another one; returns the port it comes to. */
  int open(String host, int target) throws IOException {
    InetAddress address = InetAddress.getByName(host);
    ServerSocket server = new ServerSocket(0, BACKLOG, address);
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
  void look() throws IOException {
    partition = Partition.read(run);
  }

  private void watch() {
    try {
      while (!closed) {
        look();
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept(ServerSocket server, InetSocketAddress target) {
    while (!closed) {
      acceptOne(server, target);
    }
  }

  private void acceptOne(ServerSocket server, InetSocketAddress target) {
    try {
      Socket from = server.accept();
      open.add(from);
      thread(() -> carry(from, target));
    } catch (IOException e) {
      // One that was gone before it was heard, or the relays are closed.
      return;
    }
  }

  private void carry(Socket from, InetSocketAddress target) {
    String one = from.getInetAddress().getHostAddress();
    String other = target.getAddress().getHostAddress();
    Socket to = new Socket();
    open.add(to);
    try {
      pass(one, other);
      to.connect(target);
      from.setTcpNoDelay(true);
      to.setTcpNoDelay(true);
      thread(() -> pump(to, from, other, one));
      pump(from, to, one, other);
    } catch (IOException e) {
      // Nobody listens there, as when nothing stood between.
      close(from);
      close(to);
    }
  }

  private void pump(Socket from, Socket to, String one, String other) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        pass(one, other);
        out.write(buffer, 0, count);
      }
      pass(one, other);
      to.shutdownOutput();
      if (from.isOutputShutdown()) {
        close(from);
        close(to);
      }
    } catch (IOException e) {
      end(from, to, one, other);
    }
  }

  /** An end that broke is news, too, which gets over when anything does. */
  private void end(Socket from, Socket to, String one, String other) {
    try {
      pass(one, other);
    } catch (IOException e) {
      // The relays are closed, and both with them.
      return;
    } finally {
      close(from);
      close(to);
    }
  }

  /** Waits while nothing gets from one host to the other. */
  private void pass(String one, String other) throws IOException {
    while (partition.isBetween(one, other, clock.millis())) {
      if (closed) {
        throw new IOException("the relays are closed");
      }
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("the relays end", e);
      }
    }
  }

  private void close(Socket socket) {
    open.remove(socket);
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
    open.forEach(this::close);
  }
}
