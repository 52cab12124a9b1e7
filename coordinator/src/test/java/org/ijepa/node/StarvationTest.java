package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes whose ordinary threads are all taken, and whose cores are, too. */
@Tag("slow")
class StarvationTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  /** Three times what makes the failure detector suspect somebody. */
  private static final Duration STARVED = Duration.ofSeconds(15);

  /** More than a dispatcher has threads. */
  private static final int BLOCKED = 512;

  @TempDir private Path folder;
  private final List<ActorSystem<Object>> systems = new ArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicBoolean spins = new AtomicBoolean(true);

  @AfterEach
  void stop() {
    spins.set(false);
    over.countDown();
    systems.forEach(ActorSystem::terminate);
    systems.forEach(system -> Services.awaitEnd(system, Duration.ofSeconds(20)));
  }

  /** A node, of which something is configured otherwise. */
  private ActorSystem<Object> member(String otherwise) {
    ActorSystem<Object> system =
        ActorSystem.create(
            Behaviors.ignore(),
            "ijepa",
            ConfigFactory.parseString(otherwise)
                .withFallback(ClusterConfig.of(SmallRun.settings(folder).cluster())));
    systems.add(system);
    Cluster.get(system)
        .manager()
        .tell(Join.create(Cluster.get(systems.get(0)).selfMember().address()));
    return system;
  }

  private void awaitUp() {
    await()
        .atMost(LONG)
        .until(
            () ->
                StreamSupport.stream(
                            Cluster.get(systems.get(0)).state().getMembers().spliterator(), false)
                        .filter(member -> member.status().equals(MemberStatus.up()))
                        .count()
                    == systems.size());
  }

  /** Takes all threads of a node's ordinary dispatcher, and keeps all cores busy. */
  private void starve(ActorSystem<Object> system) {
    Executor ordinary = system.dispatchers().lookup(DispatcherSelector.defaultDispatcher());
    AtomicInteger taken = new AtomicInteger();
    for (int i = 0; i < BLOCKED; i++) {
      ordinary.execute(
          () -> {
            taken.incrementAndGet();
            awaitEnd();
          });
    }
    int cores = Runtime.getRuntime().availableProcessors();
    // As many as the dispatcher has: a thread a core, from 8 to 64.
    await().atMost(LONG).until(() -> taken.get() >= Math.max(8, Math.min(64, cores)));
    for (int i = 0; i < cores; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (spins.get()) {
                  Thread.onSpinWait();
                }
              });
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void awaitEnd() {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Set<Member> unreachable() {
    return systems.stream()
        .flatMap(
            system ->
                StreamSupport.stream(
                    Cluster.get(system).state().getUnreachable().spliterator(), false))
        .collect(Collectors.toSet());
  }

  /** Completed once an actor on that dispatcher hears a word. */
  private static CompletableFuture<String> answer(
      ActorSystem<Object> system, String name, DispatcherSelector dispatcher) {
    CompletableFuture<String> heard = new CompletableFuture<>();
    Behavior<String> listens =
        Behaviors.receiveMessage(
            word -> {
              heard.complete(word);
              return Behaviors.same();
            });
    ActorRef<String> actor = system.systemActorOf(listens, name, dispatcher);
    actor.tell("word");
    return heard;
  }

  @Test
  void shouldSuspectNobodyAndAnswerWhileAllOrdinaryThreadsAreTaken() {
    member("");
    ActorSystem<Object> second = member("");
    awaitUp();
    systems.forEach(this::starve);
    CompletableFuture<String> ordinary =
        answer(second, "ordinary", DispatcherSelector.defaultDispatcher());
    CompletableFuture<String> control = answer(second, "control", Node.CONTROL);
    long started = System.nanoTime();

    await()
        .atMost(LONG)
        .failFast("a node was taken for lost", () -> !unreachable().isEmpty())
        .until(() -> System.nanoTime() - started > STARVED.toNanos());
    assertThat(control).isCompleted();
    assertThat(ordinary).isNotDone();
  }

  /** Else the test above would prove nothing. */
  @Test
  void shouldBeSuspectedWithHeartbeatsOnOrdinaryThreads() {
    member("");
    ActorSystem<Object> second =
        member("akka.cluster.use-dispatcher=akka.actor.default-dispatcher");
    awaitUp();
    starve(second);

    await().atMost(LONG).until(() -> !unreachable().isEmpty());
    assertThat(unreachable())
        .extracting(Member::uniqueAddress)
        .containsOnly(Cluster.get(second).selfMember().uniqueAddress());
  }
}
