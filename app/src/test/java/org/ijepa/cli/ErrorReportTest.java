package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.store.StoreException;
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
    assertThat(line(new NoSuchFileException("a/b")))
        .isEqualTo("no such file or folder: a/b; name one that is there");
    assertThat(line(new UncheckedIOException(new AccessDeniedException("a/b"))))
        .isEqualTo("no permission to use a/b; see to its permissions, or name another");
    assertThat(line(new FileSystemException("a/b", null, "No space left on device")))
        .isEqualTo("a/b: No space left on device; free some space, or choose another place");
    assertThat(line(new FileAlreadyExistsException("a/b")))
        .isEqualTo("a/b exists already; name another");
    assertThat(line(new IOException("Is a directory")))
        .isEqualTo("Is a directory; name a file, not a folder");
    assertThat(line(new IOException("Connection reset")))
        .isEqualTo(
            "Connection reset; see whether the other end is up and can be reached, then try again");
    assertThat(line(new IOException("odd"))).isEqualTo("odd; --debug shows where it was met");
    // What says already what to do is left alone.
    assertThat(line(new IOException("odd; turn it round"))).isEqualTo("odd; turn it round");
    assertThat(ErrorReport.failure(new NoSuchFileException("a/b")).exitCode())
        .isEqualTo(ExitCode.WRONG_USAGE);
  }

  @Test
  void shouldSayWhatToDoAboutAStoreOfEachKind() {
    for (StoreException.Kind kind : StoreException.Kind.values()) {
      Failure failure = ErrorReport.failure(new StoreException(kind, "s3://b/k: it is so"));
      assertThat(failure.line()).startsWith("s3://b/k: it is so; ");
      assertThat(failure.hint()).as(kind.name()).isNotBlank();
      // Only what may pass by itself is worth the same command again.
      boolean passes = kind == StoreException.Kind.TRANSIENT;
      assertThat(failure.exitCode())
          .as(kind.name())
          .isEqualTo(passes ? ExitCode.INTERRUPTED : ExitCode.WRONG_USAGE);
    }
    String told = "s3://b/k: no such bucket; create it";
    assertThat(line(new StoreException(StoreException.Kind.NO_BUCKET, told))).isEqualTo(told);
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
