package org.ijepa.store;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** As much of an S3 server as a claim takes, which the embedded one ignores the condition of. */
final class ConditionalS3 implements AutoCloseable {
  /** What becomes of a conditional write, besides an answer 503. */
  enum Fault {
    /** Nothing. */
    REFUSED,
    /** It is done. */
    DONE,
    /** Somebody else's is done first. */
    OVERTAKEN
  }

  static final byte[] THEIRS = {1, 2, 3};

  private static final int OK = 200;
  private static final int DELETED = 204;
  private static final int NOT_FOUND = 404;
  private static final int PRECONDITION_FAILED = 412;
  private static final int UNAVAILABLE = 503;

  private final HttpServer server;
  private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
  private final Queue<Fault> plan = new ConcurrentLinkedQueue<>();

  ConditionalS3() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::serve);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** What happens to the next conditional writes. */
  void plan(Fault... faults) {
    for (Fault fault : faults) {
      plan.add(fault);
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      byte[] body = exchange.getRequestBody().readAllBytes();
      switch (exchange.getRequestMethod()) {
        case "PUT" -> answer(exchange, put(exchange, path, body));
        case "DELETE" -> {
          objects.remove(path);
          answer(exchange, DELETED);
        }
        default -> get(exchange, objects.get(path));
      }
    }
  }

  private int put(HttpExchange exchange, String path, byte[] body) {
    if (!exchange.getRequestHeaders().containsKey("If-None-Match")) {
      objects.put(path, body);
      return OK;
    }
    Fault fault = plan.poll();
    if (fault == null) {
      return objects.putIfAbsent(path, body) == null ? OK : PRECONDITION_FAILED;
    }
    if (fault != Fault.REFUSED) {
      objects.put(path, fault == Fault.DONE ? body : THEIRS);
    }
    return UNAVAILABLE;
  }

  private static void get(HttpExchange exchange, byte[] object) throws IOException {
    if (object == null) {
      answer(exchange, NOT_FOUND);
    } else if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(object.length));
      answer(exchange, OK);
    } else {
      exchange.sendResponseHeaders(OK, object.length);
      exchange.getResponseBody().write(object);
    }
  }

  private static void answer(HttpExchange exchange, int status) throws IOException {
    exchange.getResponseHeaders().set("ETag", "\"1\"");
    exchange.sendResponseHeaders(status, -1);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
