package org.ijepa.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.Sink;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.ijepa.node.Services;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class OpenStreamsTest {
  @Test
  void shouldLetEveryStreamSayItsLast() {
    ActorSystem<Object> system = Services.start(1);
    try {
      OpenStreams streams = new OpenStreams();
      CompletionStage<List<String>> one =
          streams.every(Duration.ofHours(1), ticks -> ticks).runWith(Sink.seq(), system);
      CompletionStage<List<String>> other =
          streams.every(Duration.ofHours(1), ticks -> ticks).runWith(Sink.seq(), system);
      streams.end(Duration.ofSeconds(50));
      assertThat(one.toCompletableFuture().join()).endsWith("last look");
      assertThat(other.toCompletableFuture().join()).endsWith("last look");
    } finally {
      Services.stop(system);
    }
  }
}
