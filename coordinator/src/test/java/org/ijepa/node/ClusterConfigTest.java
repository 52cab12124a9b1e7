package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.ijepa.settings.ClusterSettings;
import org.junit.jupiter.api.Test;

class ClusterConfigTest {
  private static ClusterSettings seeds(String list) {
    return SmallRun.settings(Path.of("images"), "cluster.seed-nodes=" + list).cluster();
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
