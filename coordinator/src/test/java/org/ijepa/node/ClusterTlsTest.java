package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that show each other certificates, and others that would join without. */
class ClusterTlsTest {
  @TempDir private Path folder;
  private final List<ActorSystem<Object>> systems = new ArrayList<>();

  /** All at once: those that were turned away may never end, see {@link Services#awaitEnd}. */
  @AfterEach
  void stop() {
    systems.forEach(ActorSystem::terminate);
    systems.forEach(system -> Services.awaitEnd(system, Duration.ofSeconds(5)));
  }

  private ActorSystem<Object> member(String... sets) {
    ActorSystem<Object> system =
        ActorSystem.create(
            Behaviors.ignore(),
            "ijepa",
            ClusterConfig.of(SmallRun.settings(folder, sets).cluster()));
    systems.add(system);
    Cluster.get(system)
        .manager()
        .tell(Join.create(Cluster.get(systems.get(0)).selfMember().address()));
    return system;
  }

  private long members() {
    return StreamSupport.stream(
            Cluster.get(systems.get(0)).state().getMembers().spliterator(), false)
        .filter(member -> member.status().equals(MemberStatus.up()))
        .count();
  }

  @Test
  void shouldLetInOnlyWhoHasACertificateOfTheSameAuthority() throws Exception {
    String[] own = TestKeys.tls(folder, "own");
    member(own);
    member(TestKeys.tls(folder, "stranger"));
    member();
    // The last to ask, so that the strangers have had their time.
    member(own);
    await().atMost(Duration.ofMinutes(3)).until(() -> members() == 2);
    assertThat(Stream.of(1, 2).map(systems::get).map(Cluster::get).map(Cluster::selfMember))
        .noneMatch(member -> member.status().equals(MemberStatus.up()));
  }
}
