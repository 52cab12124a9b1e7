package org.ijepa.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ijepa.store.HttpPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The actor system that stores and streams run on: no cluster, and nothing listens. */
public final class Services {
  private static final Logger LOG = LoggerFactory.getLogger(Services.class);

  /** Longer than a node that leaves its cluster takes, each part of which has a limit. */
  static final Duration END_LIMIT = Duration.ofSeconds(30);

  private Services() {}

  /**
   * Starts one.
   *
   * @param fetchParallelism objects fetched at once from one host
   */
  public static ActorSystem<Object> start(int fetchParallelism) {
    return ActorSystem.create(
        Behaviors.ignore(),
        "services",
        ConfigFactory.parseString(
                HttpPool.overrides(fetchParallelism) + "akka.actor.provider = local")
            .withFallback(ConfigFactory.parseResources("ijepa-akka.conf"))
            .withFallback(ConfigFactory.load()));
  }

  /** Stops one and waits until it has, as {@link #awaitEnd} does. */
  public static void stop(ActorSystem<?> services) {
    services.terminate();
    awaitEnd(services, END_LIMIT);
  }

  /**
   * Waits until a system that was told to stop has, but not for ever: Akka's remoting waits without
   * a limit for its streams, and one to which somebody without a valid certificate has connected
   * may never end. What is left then ends with the process, and a warning says so.
   *
   * @return whether it has ended
   */
  static boolean awaitEnd(ActorSystem<?> system, Duration limit) {
    CompletableFuture<Boolean> end = new CompletableFuture<>();
    system.getWhenTerminated().whenComplete((done, failure) -> end.complete(true));
    boolean ended = end.completeOnTimeout(false, limit.toMillis(), TimeUnit.MILLISECONDS).join();
    if (!ended) {
      LOG.warn(
          "the actor system {} has not ended within {} s; it ends with this process",
          system.name(),
          limit.toSeconds());
    }
    return ended;
  }
}
