package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.ijepa.coordinator.NodeMessage.Welcome;
import org.ijepa.failure.Failure;
import org.ijepa.settings.Settings;
import org.junit.jupiter.api.Test;

class PreflightTest {
  private static final Path IMAGES = Path.of("images");
  private static final String DECODER = "decoder = one\n";

  private final Settings settings = SmallRun.settings(IMAGES);
  private final String meaning = settings.meaning() + DECODER;

  private static Welcome run(String meaning, String fingerprint) {
    return new Welcome("session", "10.0.0.1:2551", meaning, fingerprint, "token", "");
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

  private void shouldSay(String was, String is, String expected) {
    String other = settings.meaning() + "decoder = " + was + "\n";
    String own = settings.meaning() + "decoder = " + is + "\n";
    assertThatThrownBy(() -> Preflight.sameAs(run(other, "ff"), settings, "ff", own))
        .hasMessageContaining("it was " + was + ", this machine's is " + is)
        .hasMessageContaining(expected);
  }

  @Test
  void shouldSayHowToDecodeAsTheRunDoes() {
    String openCv = "opencv-4.9.0";
    String turbo = "turbojpeg-0.2.0+opencv-4.9.0";
    shouldSay(openCv, turbo, "set pipeline.decode.codec = opencv");
    shouldSay(turbo, openCv, "set pipeline.decode.codec to turbojpeg or auto");
    shouldSay(turbo, "turbojpeg-0.3.0+opencv-4.9.0", "install the version");
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
