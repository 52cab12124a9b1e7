package org.ijepa.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.order.Tail;
import org.ijepa.settings.DataSettings.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SourceListTest {
  private static final String TWO =
      "[{uri = \"s3://a/x\", proportion = 0.7}, {uri = /b, proportion = 0.3}]";

  private static Settings uri(String value, String... more) {
    List<String> sets = new ArrayList<>(List.of("data.uri=" + value));
    sets.addAll(List.of(more));
    return Settings.load(Optional.empty(), sets);
  }

  private static void assertRefused(String value, String... words) {
    assertThatThrownBy(() -> uri(value))
        .isInstanceOf(ConfigurationError.class)
        .hasMessageNotContaining("\n")
        .hasMessageContaining("data.uri")
        .satisfies(
            error ->
                assertThat(error.getMessage() + ((ConfigurationError) error).hint())
                    .contains(words));
  }

  @Test
  void shouldReadSourcesWithProportions() {
    Settings settings = uri(TWO);
    assertThat(settings.data().sources())
        .containsExactly(new Source("s3://a/x", 700), new Source("/b", 300));
    assertThat(settings.data().addresses()).isEqualTo("s3://a/x, /b");
    assertThat(settings.data().tail()).isEqualTo(Tail.CARRY);
  }

  @Test
  void shouldReadAFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("two.conf");
    Files.writeString(
        file,
        """
        data {
          uri = [
            { uri = "s3://a/x", proportion = 0.333 }
            { uri = "/b", proportion = 0.333 }
            { uri = "/c", proportion = 0.334 }
          ]
        }
        """);
    assertThat(Settings.load(Optional.of(file), List.of()).data().sources())
        .extracting(Source::perMille)
        .containsExactly(333, 333, 334);
  }

  @Test
  void shouldRenderWhatItReadsAgain(@TempDir Path folder) throws IOException {
    Settings settings = uri(TWO);
    Path file = folder.resolve("resolved.conf");
    Files.writeString(file, settings.render());
    Settings again = Settings.load(Optional.of(file), List.of());
    assertThat(again.data()).isEqualTo(settings.data());
    assertThat(again.meaning()).isEqualTo(settings.meaning());
  }

  @Test
  void shouldBindTheProportionsAndNotThePlaces() {
    Settings settings = uri(TWO);
    Settings moved = uri(TWO.replace("/b", "/elsewhere"));
    Settings otherwise = uri(TWO.replace("0.7", "0.6").replace("0.3", "0.4"));
    assertThat(moved.differences(settings)).isEmpty();
    assertThat(otherwise.differences(settings))
        .containsExactly("proportions of data.uri in 1000: was [700, 300], is [600, 400]");
    assertThat(uri("/b", "data.tail=carry").differences(settings))
        .containsExactly("proportions of data.uri in 1000: was [700, 300], is not there");
  }

  @Test
  void shouldTakeAListOfOneForThatSource() {
    Settings listed = uri("[{uri = /b, proportion = 1}]");
    assertThat(listed.data()).isEqualTo(uri("/b").data());
    assertThat(listed.meaning()).isEqualTo(uri("/b").meaning());
  }

  @Test
  void shouldRefuseProportionsThatDoNotSumToOne() {
    assertRefused(TWO.replace("0.7", "0.6"), "sum to 0.9", "must sum to 1");
    assertRefused(TWO.replace("0.7", "0.8"), "sum to 1.1");
    assertRefused("[]", "sum to 0");
  }

  @Test
  void shouldRefuseProportionsThatAreNoWholeThousandths() {
    assertRefused(TWO.replace("0.7", "0.6999"), "whole thousandths");
    assertRefused(TWO.replace("0.7", "0"), "whole thousandths");
    assertRefused(TWO.replace("0.7", "-0.7"), "whole thousandths");
    assertRefused(TWO.replace("0.7", "most"), "whole thousandths");
    assertRefused("[{uri = /b}]", "whole thousandths");
  }

  @Test
  void shouldRefuseASourceThatStandsTwice() {
    assertRefused("[{uri = /b, proportion = 0.5}, {uri = /b/, proportion = 0.5}]", "stand once");
  }

  @Test
  void shouldRefuseWhatIsNoSource() {
    assertRefused("[/a, /b]", "be like { uri");
    assertRefused("[{uri = \"\", proportion = 1}]", "have a uri");
    assertRefused("[{proportion = 1}]", "have a uri");
    assertRefused("[{uri = /b, proportion = 1, weight = 2}]", "not weight");
    assertRefused("[{uri = \"ftp://b\", proportion = 1}]", "s3://bucket/prefix");
  }

  @Test
  void shouldRefuseToDropTheTailOfSeveralSources() {
    assertThatThrownBy(() -> uri(TWO, "data.tail=drop"))
        .isInstanceOf(ConfigurationError.class)
        .hasMessageContaining("data.tail")
        .hasMessageContaining("drop");
  }
}
