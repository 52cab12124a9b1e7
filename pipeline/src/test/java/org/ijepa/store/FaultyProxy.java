package org.ijepa.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a server and does to each new connection the next planned harm, or none. */
final class FaultyProxy implements AutoCloseable {
  enum Fault {
    /** Answers 503 and closes. */
    UNAVAILABLE,
    /** Closes after the first 300 bytes of the answer. */
    CUT,
    /** Never answers. */
    STALL
  }

  private final int target;
  private final ServerSocket server;
  private final Queue<Fault> plan = new ConcurrentLinkedQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Fault always;

  FaultyProxy(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void plan(Fault... faults) {
    plan.addAll(java.util.List.of(faults));
  }

  void always(Fault fault) {
    always = fault;
  }

  int connections() {
    return connections.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        open.add(client);
        connections.incrementAndGet();
        Fault planned = plan.poll();
        Fault fault = planned == null ? always : planned;
        thread(() -> serve(client, fault));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client, Fault fault) {
    try {
      if (fault == Fault.STALL) {
        return;
      }
      if (fault == Fault.UNAVAILABLE) {
        readHead(client.getInputStream());
        String answer = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        client.close();
        return;
      }
      Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
      open.add(upstream);
      thread(() -> pipe(client, upstream, Long.MAX_VALUE));
      pipe(upstream, client, fault == Fault.CUT ? 300 : Long.MAX_VALUE);
    } catch (IOException gone) {
      open.remove(client);
    }
  }

  private static void readHead(InputStream in) throws IOException {
    int last = 0;
    for (int b = in.read(); b >= 0; b = in.read()) {
      last = (last << 8) | b;
      if (last == 0x0d0a0d0a) {
        return;
      }
    }
  }

  private static void pipe(Socket from, Socket to, long most) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      long left = most;
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          return;
        }
        out.write(buffer, 0, count);
        left -= count;
      }
    } catch (IOException gone) {
      // Either side may hang up at any time: that ends the pipe, which closes both.
      return;
    }
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "faulty-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
