package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.coordinator.NodeMessage.Welcome;
import org.ijepa.failure.Failure;
import org.ijepa.settings.ClusterSecurity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkGuardTest {
  @Test
  void shouldNotOpenANodeToANetworkUnprotected(@TempDir Path folder) throws Exception {
    String open = "cluster.host=10.0.0.7";
    assertThatThrownBy(() -> network(open))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("cluster.host = 10.0.0.7")
        .hasMessageContaining("open");
    assertThatThrownBy(() -> network("cluster.listen.host=0.0.0.0"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("cluster.listen.host = 0.0.0.0 would open");
    assertThatCode(() -> network("cluster.host=127.0.0.3")).doesNotThrowAnyException();
    assertThatCode(() -> network("cluster.listen.host=127.0.0.3")).doesNotThrowAnyException();
    assertThatCode(() -> network("cluster.host=localhost")).doesNotThrowAnyException();
    assertThatCode(() -> network(open, "cluster.insecure=true")).doesNotThrowAnyException();

    List<String> sets = new ArrayList<>(List.of(TestKeys.tls(folder, "own")));
    sets.add(open);
    // Encryption alone lets whoever reaches the port of the gradients take part.
    assertThatThrownBy(() -> network(sets.toArray(String[]::new))).isInstanceOf(Failure.class);
    Path secret = Files.writeString(folder.resolve("secret"), "0123456789abcdef\n");
    sets.add("cluster.secret-file=\"" + secret + "\"");
    assertThatCode(() -> network(sets.toArray(String[]::new))).doesNotThrowAnyException();
    sets.add("cluster.tls.ca=\"" + folder.resolve("none") + "\"");
    assertThatThrownBy(() -> network(sets.toArray(String[]::new)))
        .hasMessageContaining("none")
        .hasMessageContaining("cannot be read");
    sets.add("cluster.tls.ca=\"" + secret + "\"");
    assertThatThrownBy(() -> network(sets.toArray(String[]::new)))
        .hasMessageContaining("cluster.tls.ca = ");
    sets.add("cluster.tls.key=\"" + secret + "\"");
    assertThatThrownBy(() -> network(sets.toArray(String[]::new)))
        .hasMessageContaining("cluster.tls.key = ");
  }

  @Test
  void shouldTakeNoSecretThatCanBeGuessed(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), "0123456789abcdef\n");
    assertThat(NetworkGuard.secret(secretIn(file)))
        .isEqualTo("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    assertThat(NetworkGuard.secret(ClusterSecurity.NONE)).isEmpty();
    Files.writeString(file, "short");
    assertThatThrownBy(() -> NetworkGuard.secret(secretIn(file)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("shorter than 16");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    assertThatThrownBy(() -> NetworkGuard.secret(secretIn(file)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("holds no text");
  }

  private static ClusterSecurity secretIn(Path file) {
    return new ClusterSecurity("", "", "", file.toString(), false);
  }

  @Test
  void shouldNotJoinARunOfAnotherSecret() {
    byte[] secret = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    Welcome run =
        new Welcome(
            "session", "10.0.0.1:2551", "", "ff", "token", NetworkGuard.digest(secret, "session"));
    assertThatCode(() -> NetworkGuard.sameSecret(run, secret)).doesNotThrowAnyException();
    assertThatThrownBy(() -> NetworkGuard.sameSecret(run, new byte[0]))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("10.0.0.1:2551")
        .hasMessageContaining("secret");
  }

  private static void network(String... sets) {
    NetworkGuard.check(SmallRun.settings(Path.of("images"), sets).cluster());
  }
}
