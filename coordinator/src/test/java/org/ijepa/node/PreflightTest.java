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
import org.ijepa.settings.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightTest {
  private static final Path IMAGES = Path.of("images");
  private static final String DECODER = "decoder = one\n";

  private final Settings settings = SmallRun.settings(IMAGES);
  private final String meaning = settings.meaning() + DECODER;

  private static Welcome run(String meaning, String fingerprint) {
    return new Welcome("session", "10.0.0.1:2551", meaning, fingerprint, "token");
  }

  @Test
  void shouldJoinARunOfTheSameMeaning() {
    assertThatCode(() -> Preflight.sameAs(run(meaning, "ff"), settings, "ff", meaning))
        .doesNotThrowAnyException();
  }

  @Test
  void shouldNotJoinARunOfOtherSettingsAndSayWhich() {
    String other = SmallRun.settings(IMAGES, "optimization.lr=0.5").meaning() + DECODER;
    assertThatThrownBy(() -> Preflight.sameAs(run(other, "ff"), settings, "ff", meaning))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("10.0.0.1:2551")
        .hasMessageContaining("optimization.lr");
  }

  @Test
  void shouldNotJoinARunOfOtherImages() {
    assertThatThrownBy(() -> Preflight.sameAs(run(meaning, "00"), settings, "ff", meaning))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("data set");
  }

  @Test
  void shouldNotJoinARunOfAnotherDecoder() {
    String other = settings.meaning() + "decoder = another\n";
    assertThatThrownBy(() -> Preflight.sameAs(run(other, "ff"), settings, "ff", meaning))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("decoder");
  }

  @Test
  void shouldNotAskANodeThatOnlyDecodesForThePrecision() {
    String bf16 = SmallRun.settings(IMAGES, "optimization.precision=bf16").meaning() + DECODER;
    assertThatCode(() -> Preflight.sameSamples(run(bf16, "ff"), settings, "ff", meaning))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Preflight.sameSamples(run(meaning, "00"), settings, "ff", meaning))
        .hasMessageContaining("data set");
    String other = SmallRun.settings(IMAGES, "seed=5").meaning() + DECODER;
    assertThatThrownBy(() -> Preflight.sameSamples(run(other, "ff"), settings, "ff", meaning))
        .hasMessageContaining("seed");
  }

  @Test
  void shouldNotOpenANodeToANetworkUnprotected(@TempDir Path folder) throws Exception {
    String open = "cluster.host=10.0.0.7";
    assertThatThrownBy(() -> network(open))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("cluster.host = 10.0.0.7")
        .hasMessageContaining("open");
    assertThatCode(() -> network("cluster.host=127.0.0.3")).doesNotThrowAnyException();
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
    assertThat(Preflight.secret(secretIn(file)))
        .isEqualTo("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    assertThat(Preflight.secret(ClusterSecurity.NONE)).isEmpty();
    Files.writeString(file, "short");
    assertThatThrownBy(() -> Preflight.secret(secretIn(file)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("shorter than 16");
  }

  private static ClusterSecurity secretIn(Path file) {
    return new ClusterSecurity("", "", "", file.toString(), false);
  }

  private static void network(String... sets) {
    Preflight.network(SmallRun.settings(IMAGES, sets).cluster());
  }

  private static void roles(String... sets) {
    Preflight.roles(SmallRun.settings(IMAGES, sets).cluster());
  }

  @Test
  void shouldRefuseRolesWithWhichNothingWouldBegin() {
    assertThatThrownBy(() -> roles("cluster.roles=[pipeline]"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("cluster.roles = [pipeline]")
        .hasMessageContaining("nobody would lead");
    assertThatThrownBy(
            () ->
                roles(
                    "cluster.roles=[trainer]",
                    "cluster.port=2551",
                    "cluster.seed-nodes=[\"127.0.0.1:2551\",\"127.0.0.1:2552\"]"))
        .hasMessageContaining("nobody would lead");
    assertThatThrownBy(() -> roles("cluster.roles=[coordinator]"))
        .hasMessageContaining("no trainer");
  }

  @Test
  void shouldTakeRolesThatFitTogether() {
    assertThatCode(
            () -> {
              roles();
              roles("cluster.roles=[coordinator]", "cluster.port=2551");
              roles("cluster.roles=[pipeline]", "cluster.seed-nodes=[\"10.0.0.1:2551\"]");
              roles("cluster.roles=[trainer]", "cluster.seed-nodes=[\"10.0.0.1:2551\"]");
            })
        .doesNotThrowAnyException();
  }
}
