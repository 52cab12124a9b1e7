package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.ijepa.decode.ImageDecoders.Choice;
import org.ijepa.failure.Failure;
import org.ijepa.settings.Settings;
import org.junit.jupiter.api.Test;

class ImageDecodersTest {
  private final Codec openCv = new OpenCvCodec();
  private final Codec turbo = new ImageIoCodec();

  @Test
  void shouldTakeWhatIsThereUnlessToldOtherwise() {
    assertThat(ImageDecoders.jpeg(Choice.AUTO, openCv, second -> Optional.of(turbo)))
        .isSameAs(turbo);
    assertThat(ImageDecoders.jpeg(Choice.AUTO, openCv, second -> Optional.empty()))
        .isSameAs(openCv);
    assertThat(ImageDecoders.jpeg(Choice.OPENCV, openCv, second -> Optional.of(turbo)))
        .isSameAs(openCv);
    assertThat(ImageDecoders.jpeg(Choice.TURBOJPEG, openCv, second -> Optional.of(turbo)))
        .isSameAs(turbo);
  }

  @Test
  void shouldSayWhatToInstall() {
    assertThatThrownBy(
            () -> ImageDecoders.jpeg(Choice.TURBOJPEG, openCv, second -> Optional.empty()))
        .isInstanceOfSatisfying(
            Failure.class,
            failure ->
                assertThat(failure.line())
                    .contains("pipeline.decode.codec = turbojpeg", "install", "libturbojpeg0"));
  }

  @Test
  void shouldFollowTheSettings() {
    Settings settings = Settings.load(Optional.empty(), List.of("pipeline.decode.codec=opencv"));
    assertThat(ImageDecoders.Options.of(settings).choice()).isEqualTo(Choice.OPENCV);
  }
}
