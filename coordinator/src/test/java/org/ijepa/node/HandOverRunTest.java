package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.ActorRef;
import akka.actor.ActorSelection;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that leads and slept: those that removed it have asked it to hand the run over before it
 * has seen that it is removed, and old signs of life let it take the others for those that are
 * gone.
 */
@Tag("slow")
class HandOverRunTest {
  @TempDir Path temp;

  /**
   * What the manager of a successor's singleton says, again and again, to that of the one before.
   */
  private static Object handOverToMe() throws ReflectiveOperationException {
    return Class.forName("akka.cluster.singleton.ClusterSingletonManager$Internal$HandOverToMe$")
        .getField("MODULE$")
        .get(null);
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void shouldEndAsRemovedAndNotAsBroken() throws Exception {
    int port = freePort();
    Settings settings =
        SmallRun.settings(
            SmallRun.images(temp.resolve("images")),
            "optimization.steps=100000",
            "cluster.port=" + port,
            "cluster.seed-nodes=[\"127.0.0.1:" + port + "\"]");
    List<String> notes = new CopyOnWriteArrayList<>();
    RunListener listener = SmallRun.noting(notes);
    ActorSystem<Object> other =
        ActorSystem.create(
            Behaviors.ignore(),
            "ijepa",
            ClusterConfig.of(
                SmallRun.settings(Path.of("images"), "cluster.roles=[trainer]").cluster()));
    try (PretrainRun run =
        new PretrainRun(settings, temp.resolve("run"), listener, StepProbe.NONE)) {
      CompletableFuture<RunOutcome> outcome =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return run.run();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> notes.contains("this node leads the run now") || outcome.isDone());
      ActorSelection manager =
          Adapter.toClassic(other)
              .actorSelection(
                  "akka://ijepa@127.0.0.1:" + port + "/system/singletonManagercoordinator");
      manager.tell(handOverToMe(), ActorRef.noSender());

      assertThat(outcome.get(60, TimeUnit.SECONDS)).isEqualTo(RunOutcome.removed());
    } finally {
      Services.stop(other);
    }
  }
}
