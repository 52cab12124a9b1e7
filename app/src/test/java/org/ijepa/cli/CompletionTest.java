package org.ijepa.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The printed script, read by bash. */
final class CompletionTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "ijepa pre, pretrain",
    "ijepa eval kn, knn",
    "ijepa eval linear --check, --checkpoint",
    "ijepa pretrain --set data.ur, data.uri=",
    "ijepa completion z, zsh",
  })
  void shouldComplete(String line, String expected) throws Exception {
    assertThat(completed(line)).contains(expected);
  }

  @Test
  void shouldAddNoBlankBehindAKey() throws Exception {
    assertThat(completed("ijepa pretrain --set data.ur")).contains("compopt -o nospace");
    assertThat(completed("ijepa eval kn")).doesNotContain("compopt -o nospace");
  }

  private List<String> completed(String line) throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve("completion"), run("completion", "bash").out());
    String ask =
        "source "
            + script
            + "; COMP_WORDS=("
            + line
            + "); COMP_CWORD="
            + (line.split(" ", -1).length - 1)
            // Outside of a prompt there is nothing to set options of.
            + "; compopt() { echo compopt $*; }; _ijepa_complete; printf '%s\\n' \"${COMPREPLY[@]}\"";
    Process bash = new ProcessBuilder("bash", "-c", ask).redirectErrorStream(true).start();
    String out = new String(bash.getInputStream().readAllBytes(), UTF_8);
    assertThat(bash.waitFor()).as(out).isZero();
    return out.lines().toList();
  }

  @Test
  void shouldNameTheShellsThatItKnows() {
    Outcome outcome = run("completion", "fish");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("BASH, ZSH").contains("fish");
  }
}
