package org.ijepa.dashboard;

import akka.Done;
import akka.NotUsed;
import akka.stream.KillSwitches;
import akka.stream.SharedKillSwitch;
import akka.stream.javadsl.Source;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** The streams of events that pages listen to, to be ended all at once. */
final class OpenStreams {
  private final SharedKillSwitch end = KillSwitches.shared("event streams");

  /** Its phase ends once the server and all streams have come to their end. */
  private final Phaser open = new Phaser(1);

  /**
   * A stream of what there is to say at each tick, and once more at the end.
   *
   * @param said what a stream makes of its ticks
   */
  <T> Source<T, NotUsed> every(
      Duration period, Function<Source<String, NotUsed>, Source<T, NotUsed>> said) {
    Source<String, NotUsed> ticks =
        Source.tick(Duration.ZERO, period, "look")
            .via(end.flow())
            .concat(Source.single("last look"))
            .mapMaterializedValue(ticking -> NotUsed.getInstance());
    return said.apply(ticks).watchTermination((begun, done) -> counted(begun, done));
  }

  private NotUsed counted(NotUsed begun, CompletionStage<Done> done) {
    open.register();
    done.whenComplete((yes, failure) -> open.arriveAndDeregister());
    return begun;
  }

  /** Ends all streams and waits, no longer than that, until each has said its last. */
  void end(Duration most) {
    end.shutdown();
    try {
      open.awaitAdvanceInterruptibly(open.arrive(), most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // A page that does not read is cut off with its connection.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
