package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.Address;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ijepa.coordinator.NodeMessage.Welcome;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.coordinator.Sums;
import org.ijepa.failure.ExitCode;
import org.ijepa.settings.ClusterSettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node that is told to stop where nobody answers it. */
class NodeTest {
  private final CompletableFuture<RunOutcome> outcome = new CompletableFuture<>();
  private ActorSystem<Object> other;
  private ActorSystem<Node.Command> node;

  @AfterEach
  void stop() throws Exception {
    Services.stop(node);
    if (other != null) {
      Services.stop(other);
    }
  }

  private static ClusterSettings roles(String roles) {
    return SmallRun.settings(Path.of("images"), "cluster.roles=[" + roles + "]").cluster();
  }

  private void start(List<Address> seeds) {
    Node.Parts parts =
        new Node.Parts(
            "b",
            seeds,
            List.of(),
            Sums.PLAIN,
            "",
            0,
            new RunSession(),
            new NodeCheck() {
              @Override
              public boolean sharesStore(Welcome welcome) {
                return true;
              }

              @Override
              public boolean isLed() {
                return false;
              }
            },
            RunListener.NONE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            outcome);
    node = ActorSystem.create(Node.create(parts), "ijepa", ClusterConfig.of(roles("trainer")));
  }

  private static boolean isUp(ActorSystem<?> system) {
    return Cluster.get(system).selfMember().status().equals(MemberStatus.up());
  }

  @Test
  void shouldLeaveAtOnceWhereNoNodeMayLead() throws Exception {
    start(List.of());
    node.tell(Node.Drain.INSTANCE);

    RunOutcome end = outcome.get(25, TimeUnit.SECONDS);
    assertThat(end.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(end.text())
        .isEqualTo(
            "this node has left by itself: no node that may lead the run (cluster.roles) is in"
                + " the cluster");
  }

  /** As where the one that leads has been killed, and the cluster has not removed it yet. */
  @Test
  @Tag("slow")
  void shouldLeaveAfterAWhileWhereTheOneThatLeadsSaysNothing() throws Exception {
    other = ActorSystem.create(Behaviors.ignore(), "ijepa", ClusterConfig.of(roles("coordinator")));
    Address first = Cluster.get(other).selfMember().address();
    Cluster.get(other).manager().tell(Join.create(first));
    await().atMost(Duration.ofSeconds(30)).until(() -> isUp(other));
    start(List.of(first));
    await().atMost(Duration.ofSeconds(30)).until(() -> isUp(node));
    node.tell(Node.Drain.INSTANCE);

    RunOutcome end = outcome.get(60, TimeUnit.SECONDS);
    assertThat(end.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(end.text()).contains("nothing was heard of the node that leads for 30 s");
  }
}
