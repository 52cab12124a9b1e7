package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ServicesTest {
  @Test
  void shouldNotWaitForEverForASystemThatDoesNotEnd() throws Exception {
    CountDownLatch letGo = new CountDownLatch(1);
    ActorSystem<Object> system =
        ActorSystem.create(
            Behaviors.receive(Object.class)
                .onSignal(
                    PostStop.class,
                    stopped -> {
                      letGo.await();
                      return Behaviors.same();
                    })
                .build(),
            "stuck",
            ConfigFactory.parseString("akka.actor.provider = local")
                .withFallback(ConfigFactory.parseResources("ijepa-akka.conf"))
                .withFallback(ConfigFactory.load()));
    system.terminate();
    assertThat(Services.awaitEnd(system, Duration.ofMillis(1))).isFalse();
    letGo.countDown();
    assertThat(Services.awaitEnd(system, Services.END_LIMIT)).isTrue();
  }
}
