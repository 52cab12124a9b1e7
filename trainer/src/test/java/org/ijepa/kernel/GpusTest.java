package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ijepa.kernel.Gpus.Gpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpusTest {
  @TempDir private Path folder;

  private Path driver() throws IOException, InterruptedException {
    Path source = folder.resolve("driver.c");
    try (var code = GpusTest.class.getResourceAsStream("/cuda/driver.c")) {
      Files.copy(code, source);
    }
    Path library = folder.resolve("driver.so");
    try {
      Process compiler =
          new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString())
              .inheritIO()
              .start();
      assertThat(compiler.waitFor()).isZero();
    } catch (IOException e) {
      assumeTrue(false, "no C compiler: " + e.getMessage());
    }
    return library;
  }

  @Test
  void shouldListWhatTheDriverTells() throws Exception {
    assertThat(Gpus.present(driver().toString()))
        .containsExactly(new Gpu("First", 9, 80L << 30), new Gpu("Second", 7, 16L << 30))
        .extracting(Gpu::hasBfloat16)
        .containsExactly(true, false);
  }

  @Test
  void shouldFindNoneWithoutADriver() {
    assertThat(Gpus.present(folder.resolve("absent.so").toString())).isEmpty();
  }
}
