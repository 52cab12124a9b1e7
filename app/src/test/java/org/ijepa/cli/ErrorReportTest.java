package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;

final class ErrorReportTest {
  private static String line(Throwable error) {
    return ErrorReport.failure(error).line();
  }

  @Test
  void shouldFindTheFailureInsideWrappers() {
    Failure failure =
        new Failure(ExitCode.BAD_DATA, "nothing readable in photos", "look at quarantine.jsonl");
    Throwable wrapped = new CompletionException(new ExecutionException(failure));
    assertThat(ErrorReport.failure(wrapped)).isSameAs(failure);
  }

  @Test
  void shouldSayWhatIsTheMatterWithAFile() {
    assertThat(line(new NoSuchFileException("a/b"))).isEqualTo("no such file or folder: a/b");
    assertThat(line(new UncheckedIOException(new AccessDeniedException("a/b"))))
        .isEqualTo("no permission to use a/b");
    assertThat(line(new FileSystemException("a/b", null, "No space left on device")))
        .isEqualTo("a/b: No space left on device");
    assertThat(line(new IOException("Connection reset"))).isEqualTo("Connection reset");
    assertThat(ErrorReport.failure(new NoSuchFileException("a/b")).exitCode())
        .isEqualTo(ExitCode.WRONG_USAGE);
  }

  @Test
  void shouldCallAnythingElseADefect() {
    Failure failure = ErrorReport.failure(new IllegalStateException("rank 3 of 2"));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.INTERNAL_ERROR);
    assertThat(failure.line()).contains("rank 3 of 2", "--debug");
  }

  @Test
  void shouldPrintOneLineHoweverManyTheMessageHas() {
    StringWriter err = new StringWriter();
    int code =
        ErrorReport.print(
            new Failure(
                ExitCode.TRAINING_FAILED, "loss is NaN\nat step 3", "lower optimization.lr"),
            new PrintWriter(err),
            false);
    assertThat(code).isEqualTo(4);
    assertThat(err.toString()).isEqualTo("ijepa: loss is NaN at step 3; lower optimization.lr\n");
  }
}
