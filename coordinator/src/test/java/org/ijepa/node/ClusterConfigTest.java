package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.ijepa.settings.ClusterSettings;
import org.junit.jupiter.api.Test;

class ClusterConfigTest {
  private static ClusterSettings seeds(String list) {
    return SmallRun.settings(Path.of("images"), "cluster.seed-nodes=" + list).cluster();
  }

  private static Duration times(String... keys) {
    Config config = ClusterConfig.of(seeds("[\"127.0.0.1:2551\"]"));
    return Stream.of(keys)
        .map(key -> config.getDuration("akka.cluster." + key))
        .reduce(Duration.ZERO, Duration::plus);
  }

  @Test
  void shouldNotTakeASumForFailedBeforeTheFailureDetectorHasSpoken() {
    assertThat(
            times(
                "failure-detector.heartbeat-interval",
                "failure-detector.acceptable-heartbeat-pause"))
        .isEqualTo(ClusterSettings.FAILURE_DETECTION);
  }

  /** Of 20 s: the rest is for a claim, questions and answers, and a step. */
  @Test
  void shouldLeaveTimeToRegroupWithin20SecondsOfTheLossOfTheLeadingNode() {
    Duration suspicion =
        times(
            "failure-detector.heartbeat-interval",
            "failure-detector.acceptable-heartbeat-pause",
            "unreachable-nodes-reaper-interval");
    Duration removal =
        times("gossip-interval", "split-brain-resolver.stable-after", "leader-actions-interval");
    // The successor waits as long again for the one that was lost to have stopped.
    Duration successor =
        times(
            "gossip-interval",
            "split-brain-resolver.stable-after",
            "singleton.hand-over-retry-interval");
    assertThat(suspicion.plus(removal).plus(successor)).isLessThanOrEqualTo(Duration.ofSeconds(16));
  }

  @Test
  void shouldSayWhichSeedNodesHaveNoAddress() {
    // RFC 6761: nothing below .invalid ever has one.
    assertThat(ClusterConfig.withoutAddress(seeds("[\"nobody.invalid:2551\", \"127.0.0.1:2551\"]")))
        .contains(
            "no address is known for nobody.invalid of cluster.seed-nodes; correct the name, or start that machine");
    assertThat(ClusterConfig.withoutAddress(seeds("[\"127.0.0.1:2551\", \"127.0.0.2:2551\"]")))
        .isEmpty();
    assertThat(ClusterConfig.withoutAddress(seeds("[]"))).isEmpty();
  }
}
