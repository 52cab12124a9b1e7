package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.ijepa.collective.AgreedCollective.Offer;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Compute;
import org.junit.jupiter.api.Test;

/** On a machine that, GPU or not, has no library of the name asked for. */
class GradientSumsTest {
  private static ClusterSettings cluster(String collective) {
    return SmallRun.settings(
            Path.of("images"),
            "cluster.collective=" + collective,
            "cluster.nccl-library=libnone.so.2")
        .cluster();
  }

  private static Offer offer(String collective) {
    return GradientSums.offer(cluster(collective), Devices.of(Compute.CPU));
  }

  @Test
  void shouldNotBeginWithoutWhatIsAskedFor() {
    assertThatThrownBy(() -> offer("nccl"))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
              assertThat(failure.hint()).contains("docs/deploy.md", "cluster.collective = auto");
            })
        .hasMessageStartingWith("cluster.collective = nccl, but ");
    assertThat(GradientSums.line(cluster("nccl")))
        .startsWith("warning: cluster.collective = nccl, but ");
  }

  @Test
  void shouldDoWithoutWhatIsNotThere() {
    assertThat(offer("auto")).isEqualTo(Offer.NONE);
    assertThat(GradientSums.line(cluster("auto"))).contains("ring", "no NCCL: ");
  }

  @Test
  void shouldNotLookForWhatIsNotWanted() {
    assertThat(offer("ring")).isEqualTo(Offer.NONE);
    assertThat(GradientSums.line(cluster("ring"))).contains("ring").doesNotContain("NCCL");
  }
}
