package org.ijepa.run;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LineFileTest {
  @Test
  void shouldNameTheFileOnAFullDisk() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    try (LineFile file = LineFile.open(full)) {
      assertThatThrownBy(() -> file.append("a line"))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("/dev/full")
          .hasMessageContaining("No space left");
    }
  }
}
