package org.ijepa.node;

import akka.actor.ActorSelection;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.ijepa.coordinator.StatusAnswer;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.ClusterSecurity;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.CollectiveSettings;
import org.ijepa.settings.ListenSettings;
import org.ijepa.settings.RegroupSettings;

/** Asks a node of a cluster how it is, without joining. */
public final class StatusClient {
  private static final int CONNECT_MILLIS = 3000;

  /** What a cluster said; no {@code run} where no coordinator answered in time. */
  public record Status(StatusAnswer.Members members, Optional<StatusAnswer.Run> run) {}

  private StatusClient() {}

  /**
   * Asks.
   *
   * @param cluster name of the cluster
   * @param node {@code host:port} of any of its nodes
   * @param security as its nodes have it
   * @param patience for each of the two answers
   * @throws Failure if nobody answers there
   */
  public static Status ask(
      String cluster, String node, ClusterSecurity security, Duration patience) {
    InetSocketAddress address = address(node);
    ClusterSettings own = settings(cluster, reachableFrom(address, node), security);
    CompletableFuture<StatusAnswer.Members> members = new CompletableFuture<>();
    CompletableFuture<StatusAnswer.Run> run = new CompletableFuture<>();
    ActorSystem<StatusAnswer> system =
        ActorSystem.create(hearing(members, run), cluster, ClusterConfig.of(own));
    try {
      ActorSelection guardian =
          Adapter.toClassic(system)
              .actorSelection(
                  "akka://"
                      + cluster
                      + "@"
                      + node.substring(0, node.lastIndexOf(':'))
                      + ":"
                      + address.getPort()
                      + "/user");
      ActorRef<StatusAnswer> self = system;
      guardian.tell(new Node.StatusAsked(self), akka.actor.ActorRef.noSender());
      StatusAnswer.Members answer =
          members.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).join();
      return new Status(
          answer,
          run.thenApply(Optional::of)
              .completeOnTimeout(Optional.empty(), patience.toMillis(), TimeUnit.MILLISECONDS)
              .join());
    } catch (CompletionException e) {
      throw new Failure(
          ExitCode.CHECK_FAILED,
          "what listens at " + node + " does not answer as a node of the cluster " + cluster,
          "give the host and port of a node as cluster.host and cluster.port have them, and the run's"
              + " cluster.tls",
          e);
    } finally {
      Services.stop(system);
    }
  }

  private static Behavior<StatusAnswer> hearing(
      CompletableFuture<StatusAnswer.Members> members, CompletableFuture<StatusAnswer.Run> run) {
    return Behaviors.receive(StatusAnswer.class)
        .onMessage(
            StatusAnswer.Members.class,
            answer -> {
              members.complete(answer);
              return Behaviors.same();
            })
        .onMessage(
            StatusAnswer.Run.class,
            answer -> {
              run.complete(answer);
              return Behaviors.same();
            })
        .build();
  }

  private static InetSocketAddress address(String node) {
    ClusterSettings.requireHostAndPort("--join", node);
    int colon = node.lastIndexOf(':');
    return new InetSocketAddress(
        node.substring(0, colon), Integer.parseInt(node.substring(colon + 1)));
  }

  /** The address of this machine that a node would answer to. */
  private static String reachableFrom(InetSocketAddress address, String node) {
    try (Socket socket = new Socket()) {
      socket.connect(address, CONNECT_MILLIS);
      InetAddress local = socket.getLocalAddress();
      return local.getHostAddress();
    } catch (IOException e) {
      throw new Failure(
          ExitCode.CHECK_FAILED,
          "nothing answers at " + node + ": " + e.getMessage(),
          "give the host and port of a node that runs",
          e);
    }
  }

  private static ClusterSettings settings(String name, String host, ClusterSecurity security) {
    return new ClusterSettings(
        name,
        "",
        host,
        0,
        0,
        ListenSettings.AS_REACHED,
        List.of(),
        List.of(ClusterSettings.Role.PIPELINE),
        ClusterSettings.Compute.CPU,
        1,
        1,
        1,
        ClusterSettings.OnLoss.CONTINUE,
        Duration.ofSeconds(1),
        Duration.ofMinutes(1),
        new RegroupSettings(Duration.ofSeconds(1), Duration.ofSeconds(1), 1, Duration.ofSeconds(1)),
        new CollectiveSettings(CollectiveSettings.Kind.RING, "none", Duration.ofSeconds(1)),
        security);
  }
}
