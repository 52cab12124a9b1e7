package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.process.ChildJava;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class InterruptionTest {
  @Test
  void shouldReturnTheExitCodeWhereNoSignalComes() throws Exception {
    assertThat(Interruption.guard(() -> {}, () -> 3)).isEqualTo(3);
  }

  @Test
  void shouldPassOnAnErrorWhereNoSignalComes() {
    assertThatThrownBy(
            () ->
                Interruption.guard(
                    () -> {},
                    () -> {
                      throw new IOException("no bucket");
                    }))
        .hasMessage("no bucket");
  }

  @Test
  @Tag("process")
  void shouldLetTheCommandFinishAndEndWithItsCode() throws Exception {
    Process process = start("finish");
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.readLine()).isEqualTo("training");
      process.toHandle().destroy();
      assertThat(out.lines()).containsExactly("stop requested", "checkpoint written");
      assertThat(process.waitFor()).isEqualTo(5);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  @Tag("process")
  void shouldReportAnErrorThatFollowsTheSignal() throws Exception {
    Process process = start("fail");
    try (BufferedReader out = process.inputReader();
        BufferedReader err = process.errorReader()) {
      assertThat(out.readLine()).isEqualTo("training");
      process.toHandle().destroy();
      assertThat(err.lines()).containsExactly("ijepa: no space for the checkpoint; free some");
      assertThat(process.waitFor()).isEqualTo(2);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  @Tag("process")
  void shouldEndAtOnceWhereASecondSignalComesLater() throws Exception {
    Process process = start("hang");
    try (BufferedReader out = process.inputReader();
        BufferedReader err = process.errorReader()) {
      assertThat(out.readLine()).isEqualTo("training");
      process.toHandle().destroy();
      assertThat(out.readLine()).isEqualTo("stop requested");
      // What comes at the same time is the same signal.
      process.toHandle().destroy();
      assertThat(process.waitFor(1, TimeUnit.SECONDS)).isFalse();
      while (!process.waitFor(500, TimeUnit.MILLISECONDS)) {
        process.toHandle().destroy();
      }
      assertThat(err.lines()).containsExactly("ijepa: ended at once, as a second signal came");
      assertThat(process.exitValue()).isEqualTo(143);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process start(String mode) throws IOException {
    return ChildJava.of(List.of(), Command.class, mode).start();
  }

  /** A command that trains until it is told to stop. */
  static final class Command {
    private Command() {}

    public static void main(String[] arguments) throws Exception {
      CountDownLatch stop = new CountDownLatch(1);
      int code =
          Interruption.guard(
              () -> {
                System.out.println("stop requested");
                stop.countDown();
              },
              () -> {
                System.out.println("training");
                stop.await();
                while (arguments[0].equals("hang")) {
                  LockSupport.park();
                }
                if (arguments[0].equals("fail")) {
                  throw new Failure(
                      ExitCode.WRONG_USAGE, "no space for the checkpoint", "free some");
                }
                System.out.println("checkpoint written");
                return ExitCode.INTERRUPTED.number();
              });
      System.exit(code);
    }
  }
}
