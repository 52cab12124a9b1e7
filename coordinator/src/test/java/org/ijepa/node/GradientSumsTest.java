package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.ijepa.collective.AgreedCollective.Offer;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.ClusterSettings;
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

  @Test
  void shouldNotBeginWithoutWhatIsAskedFor() {
    assertThatThrownBy(() -> GradientSums.offer(cluster("nccl")))
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
    assertThat(GradientSums.offer(cluster("auto"))).isEqualTo(Offer.NONE);
    assertThat(GradientSums.line(cluster("auto"))).contains("ring", "no NCCL: ");
  }

  @Test
  void shouldNotLookForWhatIsNotWanted() {
    assertThat(GradientSums.offer(cluster("ring"))).isEqualTo(Offer.NONE);
    assertThat(GradientSums.line(cluster("ring"))).contains("ring").doesNotContain("NCCL");
  }
}
