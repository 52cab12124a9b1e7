package org.ijepa.picture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FontsTest {
  @TempDir Path temp;

  /** Asks twice: Java answers the second time in another way. */
  static final class Asks {
    private Asks() {}

    public static void main(String[] args) {
      for (int i = 0; i < 2; i++) {
        try {
          Fonts.require();
          System.out.println("fonts");
        } catch (Failure e) {
          System.out.println(e.line());
        }
      }
    }
  }

  /** What a process says that knows fonts by this configuration alone. */
  private String said(String configuration) throws IOException {
    Path file = Files.writeString(temp.resolve("fonts.conf"), configuration);
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.awt.headless=true",
            // Java keeps there what it has found.
            "-Duser.home=" + temp,
            "-cp",
            System.getProperty("java.class.path"),
            Asks.class.getName());
    java.environment().put("FONTCONFIG_FILE", file.toString());
    Process process = java.redirectError(temp.resolve("err").toFile()).start();
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }

  @Test
  void shouldSayThatAMachineHasNoFontsAndWhatToInstall() throws IOException {
    assertThat(said("<fontconfig/>").lines())
        .hasSize(2)
        .allMatch(
            line ->
                line.startsWith("no fonts on this machine to write into pictures with")
                    && line.contains("fonts-dejavu-core"));
  }
}
