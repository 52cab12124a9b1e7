package org.ijepa.dashboard;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.node.Services;
import org.ijepa.settings.HttpAddress;

/** An HTTP server that shows a run folder while it grows, or when it is done. */
public final class Dashboard implements AutoCloseable {
  /** What a page in flight has to come to its end. */
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final ActorSystem<Object> system;
  private final ServerBinding binding;
  private final OpenStreams streams;
  private final HttpAddress address;

  private Dashboard(
      ActorSystem<Object> system, ServerBinding binding, OpenStreams streams, HttpAddress address) {
    this.system = system;
    this.binding = binding;
    this.streams = streams;
    this.address = address;
  }

  /**
   * Starts a server; it answers when this returns.
   *
   * @param run folder, which may be empty as yet
   * @param notReady why {@code /ready} is to say no; empty where it is to say yes
   * @param notAlive the same for {@code /health}
   * @throws Failure where nothing can listen there
   */
  public static Dashboard start(
      HttpAddress at,
      Path run,
      Supplier<Optional<String>> notReady,
      Supplier<Optional<String>> notAlive)
      throws IOException {
    InetAddress host = free(at);
    RunView view = new RunView(run);
    RunMetrics metrics = new RunMetrics(view);
    ActorSystem<Object> system = Services.start(1);
    OpenStreams streams = new OpenStreams();
    try {
      ServerBinding binding =
          Http.get(system)
              .newServerAt(host.getHostAddress(), at.port())
              .bind(DashboardRoutes.of(view, metrics, notReady, notAlive, streams))
              .toCompletableFuture()
              .join();
      return new Dashboard(
          system, binding, streams, new HttpAddress(at.host(), binding.localAddress().getPort()));
    } catch (CompletionException e) {
      Services.stop(system);
      throw unusable(at, String.valueOf(e.getCause().getMessage()), e);
    }
  }

  /** Asks the operating system before Akka does, which would log what we say in one line. */
  private static InetAddress free(HttpAddress at) {
    try {
      InetAddress host = InetAddress.getByName(at.host());
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(host, at.port()));
      }
      return host;
    } catch (UnknownHostException e) {
      throw unusable(at, "unknown host", e);
    } catch (IOException e) {
      throw unusable(at, String.valueOf(e.getMessage()), e);
    }
  }

  private static Failure unusable(HttpAddress at, String why, Exception cause) {
    return new Failure(
        ExitCode.WRONG_USAGE,
        "nothing can listen on " + at + " for the live view: " + why,
        "choose another address or port, or port 0 for any that is free",
        cause);
  }

  /** Where a browser finds it; a server on all interfaces is found on this machine, too. */
  public String url() {
    boolean everywhere = binding.localAddress().getAddress().isAnyLocalAddress();
    return "http://" + (everywhere ? new HttpAddress("localhost", address.port()) : address) + "/";
  }

  /**
   * Says what is new to every page, then stops answering. A connection may be cut before the last
   * of it has gone out: whoever wants to know how a run ended reads its files.
   */
  @Override
  public void close() {
    streams.end(FAREWELL);
    binding.terminate(FAREWELL).toCompletableFuture().join();
    Services.stop(system);
  }
}
