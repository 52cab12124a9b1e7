package org.ijepa.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.ijepa.failure.ExitCode;
import org.ijepa.process.ChildJava;
import org.junit.jupiter.api.Test;

class HardEndTest {

  /** A process that cannot end in order: what runs at its end never does. */
  static final class Hangs {
    private Hangs() {}

    @SuppressWarnings("SystemExitOutsideMain")
    public static void main(String[] args) {
      CountDownLatch never = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try {
                      never.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
      HardEnd.within(Duration.ofSeconds(1), ExitCode.INTERRUPTED, "rank 0 hangs");
      System.exit(0);
    }
  }

  @Test
  void shouldEndAProcessWhoseEndHangs() throws Exception {
    Process process = ChildJava.of(List.of(), Hangs.class).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(ExitCode.INTERRUPTED.number());
    assertThat(said)
        .isEqualTo("ijepa: ended at once, as it did not end within 1 s: rank 0 hangs\n");
  }
}
