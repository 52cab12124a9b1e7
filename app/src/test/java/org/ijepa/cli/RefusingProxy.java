package org.ijepa.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Passes connections on to an HTTP server, or answers every request with 403. */
final class RefusingProxy implements AutoCloseable {
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)");
  private static final byte[] REFUSAL =
      ("HTTP/1.1 403 Forbidden\r\ncontent-type: application/xml\r\ncontent-length: 50\r\n\r\n"
              + "<Error><Code>AccessDenied</Code><Message/></Error>")
          .getBytes(ISO_8859_1);

  private final ServerSocket server;
  private final URI target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean refuses;

  RefusingProxy(URI target) throws IOException {
    this.target = target;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** From now on requests are refused, or not; those under way are cut. */
  void refuse(boolean all) throws IOException {
    refuses = all;
    for (Socket socket : open) {
      socket.close();
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // A connection was cut: that is what this is for.
                return;
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = server.accept();
      open.add(client);
      start(() -> serve(client));
    }
  }

  private void serve(Socket client) throws IOException {
    try (client) {
      if (refuses) {
        refuse(client);
      } else {
        pass(client);
      }
    } finally {
      open.remove(client);
    }
  }

  private void pass(Socket client) throws IOException {
    try (Socket behind = new Socket(target.getHost(), target.getPort())) {
      open.add(behind);
      start(() -> copy(behind, client));
      copy(client, behind);
    }
  }

  private static void copy(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    }
  }

  private static void refuse(Socket client) throws IOException {
    InputStream in = new BufferedInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    StringBuilder head = new StringBuilder();
    for (int next = in.read(); next >= 0; next = in.read()) {
      head.append((char) next);
      if (head.toString().endsWith("\r\n\r\n")) {
        Matcher length = LENGTH.matcher(head);
        in.skipNBytes(length.find() ? Long.parseLong(length.group(1)) : 0);
        out.write(REFUSAL);
        out.flush();
        head.setLength(0);
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    refuse(true);
  }
}
