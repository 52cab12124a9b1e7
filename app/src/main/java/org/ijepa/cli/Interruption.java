package org.ijepa.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.ijepa.failure.ExitCode;

/**
 * Ctrl-C and SIGTERM as a request to stop: the command is told, may finish what it is at, and its
 * own exit code ends the process.
 *
 * <p>The signal starts the JVM's shutdown, which waits for our hook; the hook waits for the
 * command. An actor system beside it must not shut itself down by a hook of its own ({@code
 * akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off}).
 */
public final class Interruption {
  private Interruption() {}

  /**
   * Runs a command to its end, on this thread.
   *
   * @param requestStop called once, on another thread, when a signal arrives; returns soon
   * @param command returns its exit code, after a stop as well
   * @return that exit code; does not return where a signal came, as the process then ends with that
   *     code
   */
  public static int guard(Runnable requestStop, Callable<Integer> command) throws Exception {
    CompletableFuture<Integer> end = new CompletableFuture<>();
    Thread hook = new Thread(() -> stop(requestStop, end), "interruption");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      int code = command.call();
      end.complete(code);
      return code;
    } catch (Exception | Error e) {
      // After a signal nobody above is heard any more: the hook reports what went wrong.
      end.completeExceptionally(e);
      throw e;
    } finally {
      release(hook);
    }
  }

  private static void stop(Runnable requestStop, CompletableFuture<Integer> end) {
    int code = ExitCode.INTERNAL_ERROR.number();
    try {
      requestStop.run();
      code = end.get();
    } catch (ExecutionException e) {
      // Nobody can run it again with --debug in just this state: a defect shows all it has.
      boolean defect = ErrorReport.failure(e).exitCode() == ExitCode.INTERNAL_ERROR;
      code = ErrorReport.print(e, new PrintWriter(System.err, true, UTF_8), defect);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      System.out.flush();
      System.err.flush();
      Runtime.getRuntime().halt(code);
    }
  }

  private static void release(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The shutdown has begun: the hook ends the process; going on from here would race with it.
      park();
    }
  }

  private static void park() {
    while (true) {
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
