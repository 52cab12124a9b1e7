package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterCommand;
import akka.cluster.typed.ClusterStateSubscription;
import akka.cluster.typed.Join;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.ijepa.coordinator.Coordinator.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MembershipTest {
  private ActorTestKit kit;

  @BeforeEach
  void start() {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString(
                    "akka.actor.provider = cluster, akka.cluster.roles = [trainer],"
                        + " akka.remote.artery.canonical.hostname = 127.0.0.1,"
                        + " akka.remote.artery.canonical.port = 0")
                .withFallback(ConfigFactory.load()));
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  /** A cluster whose state is told, and which says nothing by itself. */
  private static final class Told extends Cluster {
    private final Cluster real;
    private final ActorRef<ClusterStateSubscription> deaf;
    private final AtomicReference<CurrentClusterState> state;

    Told(
        Cluster real,
        ActorRef<ClusterStateSubscription> deaf,
        AtomicReference<CurrentClusterState> state) {
      this.real = real;
      this.deaf = deaf;
      this.state = state;
    }

    @Override
    public Member selfMember() {
      return real.selfMember();
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public CurrentClusterState state() {
      return state.get();
    }

    @Override
    public ActorRef<ClusterStateSubscription> subscriptions() {
      return deaf;
    }

    @Override
    public ActorRef<ClusterCommand> manager() {
      return real.manager();
    }
  }

  @Test
  void shouldNotWaitForANodeWhoseRemovalWasOverBeforeItCouldHearOfIt() {
    Cluster real = Cluster.get(kit.system());
    CurrentClusterState without = real.state();
    real.manager().tell(Join.create(real.selfMember().address()));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> real.selfMember().status().equals(MemberStatus.up()));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> real.state().getMembers().iterator().hasNext());
    AtomicReference<CurrentClusterState> state = new AtomicReference<>(real.state());
    TestProbe<ClusterStateSubscription> deaf = kit.createTestProbe();
    TestProbe<List<CoordinatorEvent>> heard = kit.createTestProbe();
    String node = Long.toString(Leadership.number(real.selfMember()));
    kit.spawn(
        Behaviors.<Command>setup(
            context -> {
              Membership membership = new Membership(context, new Told(real, deaf.getRef(), state));
              heard.getRef().tell(membership.watch(number -> null, number -> null));
              heard.getRef().tell(membership.missed());
              state.set(without);
              heard.getRef().tell(membership.missed());
              heard.getRef().tell(membership.missed());
              return Behaviors.empty();
            }));

    assertThat(heard.receiveMessage()).containsExactly(new CoordinatorEvent.NodeAwaited(node));
    assertThat(heard.receiveMessage()).isEmpty();
    assertThat(heard.receiveMessage()).containsExactly(new CoordinatorEvent.NodeKnown(node));
    assertThat(heard.receiveMessage()).isEmpty();
  }
}
