package org.ijepa.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Stands before a server and does to each new connection the next planned harm, or none. */
public final class FaultyProxy implements AutoCloseable {
  public enum Fault {
    /** Answers 503 and closes. */
    UNAVAILABLE,
    /** Closes after the first 300 bytes of the answer. */
    CUT,
    /** Closes after 100,000 bytes, in the middle of some answer. */
    CUT_LATER,
    /** Gives each part of an answer 50 ms late, and closes after 100,000 bytes. */
    SLOW,
    /** Gives the first 300 bytes, and then one now and then. */
    TRICKLE,
    /** Answers with bytes that have no end. */
    ENDLESS,
    /** Never answers. */
    STALL
  }

  private static final long SLOW_NANOS = 50_000_000;

  private final int target;
  private final ServerSocket server;
  private final Queue<Fault> plan = new ConcurrentLinkedQueue<>();
  private final Object frozen = new Object();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Fault always;
  private volatile List<Fault> cycle = List.of();
  private volatile int frozenBelow;

  public FaultyProxy(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  void plan(Fault... faults) {
    plan.addAll(List.of(faults));
  }

  void always(Fault fault) {
    always = fault;
  }

  /** One after another for each new connection, again and again. */
  public void cycle(Fault... faults) {
    cycle = List.of(faults);
  }

  /** The connections that there are pass nothing on any more. */
  void freeze() {
    frozenBelow = connections.get() + 1;
  }

  public int connections() {
    return connections.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        open.add(client);
        int number = connections.incrementAndGet();
        Fault fault = fault(number);
        thread(() -> serve(client, fault, number));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private Fault fault(int number) {
    Fault planned = plan.poll();
    if (planned != null) {
      return planned;
    }
    return cycle.isEmpty() ? always : cycle.get(number % cycle.size());
  }

  private void serve(Socket client, Fault fault, int number) {
    try {
      if (fault == Fault.STALL) {
        return;
      }
      if (fault == Fault.UNAVAILABLE) {
        readHead(client.getInputStream());
        send(client, "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        client.close();
        return;
      }
      if (fault == Fault.ENDLESS) {
        readHead(client.getInputStream());
        send(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (!client.isClosed()) {
          send(client, "a\r\n0123456789\r\n");
        }
        return;
      }
      Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
      open.add(upstream);
      thread(() -> pipe(client, upstream, null, number));
      pipe(upstream, client, fault, number);
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

  private void pipe(Socket from, Socket to, Fault fault, int number) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      long left = most(fault);
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          return;
        }
        if (number < frozenBelow) {
          hold();
        }
        if (fault == Fault.SLOW) {
          LockSupport.parkNanos(SLOW_NANOS);
        }
        out.write(buffer, 0, count);
        left -= count;
      }
      while (fault == Fault.TRICKLE) {
        LockSupport.parkNanos(SLOW_NANOS);
        int next = in.read();
        if (next < 0) {
          return;
        }
        out.write(next);
      }
    } catch (IOException gone) {
      // Either side may hang up at any time: that ends the pipe, which closes both.
      return;
    }
  }

  private static long most(Fault fault) {
    if (fault == Fault.CUT || fault == Fault.TRICKLE) {
      return 300;
    }
    return fault == Fault.CUT_LATER || fault == Fault.SLOW ? 100_000 : Long.MAX_VALUE;
  }

  /** Until the proxy is closed. */
  private void hold() throws IOException {
    synchronized (frozen) {
      while (!server.isClosed()) {
        try {
          frozen.wait();
        } catch (InterruptedException e) {
          throw new InterruptedIOException();
        }
      }
    }
  }

  private static void send(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "faulty-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    synchronized (frozen) {
      frozen.notifyAll();
    }
    for (Socket socket : open) {
      socket.close();
    }
  }
}
