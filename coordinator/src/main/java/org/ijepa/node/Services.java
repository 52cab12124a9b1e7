package org.ijepa.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import org.ijepa.store.HttpPool;

/** The actor system that stores and streams run on: no cluster, and nothing listens. */
public final class Services {
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

  /** Stops one and waits until it has. */
  public static void stop(ActorSystem<?> services) {
    services.terminate();
    services.getWhenTerminated().toCompletableFuture().join();
  }
}
