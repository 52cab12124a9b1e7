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
    "ijepa pre, 'pretrain '",
    "ijepa eval kn, 'knn '",
    "ijepa eval linear --check, '--checkpoint '",
    "ijepa pretrain --set data.ur, data.uri=",
    "ijepa plan --set machine.dev, machine.devices=",
    "ijepa quickstart --set data.ur, data.uri=",
    "ijepa eval linear --set data.s3.end, data.s3.endpoint=",
    "ijepa eval linear --features g, 'grey '",
    "ijepa completion z, 'zsh '",
    "ijepa eval linear --data ph, photos/",
    "ijepa eval linear --data = ph, photos/",
    "ijepa eval linear --checkpoint photos/a, 'photos/a\\ b.jpg '",
    "ijepa pretrain --set data.uri = ph, photos/",
    "ijepa pretrain --set data.uri = photos/, 'photos/a\\ b.jpg '",
    "ijepa pretrain --set data.uri=ph, data.uri=photos/",
    "ijepa pretrain --config qu, 'quick.conf '",
  })
  void shouldComplete(String line, String expected) throws Exception {
    Files.createDirectories(folder.resolve("photos"));
    Files.createFile(folder.resolve("photos/a b.jpg"));
    Files.createFile(folder.resolve("quick.conf"));
    assertThat(completed(line)).containsExactly(expected);
  }

  @Test
  void shouldOfferNoPlaceForANumber() throws Exception {
    Files.createDirectories(folder.resolve("photos"));
    assertThat(completed("ijepa pretrain --set seed = ph")).isEmpty();
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
            + "; compopt() { :; }; _ijepa_complete; printf '%s\\n' \"${COMPREPLY[@]}\"";
    Process bash =
        new ProcessBuilder("bash", "-c", ask)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String out = new String(bash.getInputStream().readAllBytes(), UTF_8);
    assertThat(bash.waitFor()).as(out).isZero();
    return out.lines().filter(each -> !each.isEmpty()).toList();
  }

  @Test
  void shouldNameTheShellsThatItKnows() {
    Outcome outcome = run("completion", "fish");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("bash, zsh").contains("fish");
  }
}
