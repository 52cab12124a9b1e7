package org.ijepa.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.ijepa.failure.ExitCode;

/**
 * Ctrl-C and SIGTERM as a request to stop: the command is told, may finish what it is at, and its
 * own exit code ends the process. Who signals once more after a moment does not want to wait: the
 * process ends at once.
 *
 * <p>The signal starts the JVM's shutdown, which waits for our hook; the hook waits for the
 * command. An actor system beside it must not shut itself down by a hook of its own ({@code
 * akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off}).
 */
public final class Interruption {
  /** Within it, what was one Ctrl-C may come from the terminal and from a parent process. */
  private static final long ONE_SIGNAL_NANOS = 2_000_000_000;

  /** What a shell makes of a signal that ends a process: this and the signal's number. */
  private static final int OF_A_SIGNAL = 128;

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
      endAtOnceOnAnother();
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

  /**
   * Java drops signals that come during its shutdown, unless they have a handler. Their names are
   * only where compilers warn of them.
   */
  private static void endAtOnceOnAnother() {
    long first = System.nanoTime();
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ending =
          Proxy.newProxyInstance(
              Interruption.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")
                    && System.nanoTime() - first > ONE_SIGNAL_NANOS) {
                  Object number = signal.getMethod("getNumber").invoke(arguments[0]);
                  System.err.println("ijepa: ended at once, as a second signal came");
                  Runtime.getRuntime().halt(OF_A_SIGNAL + (Integer) number);
                }
                return null;
              });
      for (String name : List.of("INT", "TERM")) {
        Object named = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("handle", signal, handler).invoke(null, named, ending);
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      // Without it only SIGKILL ends the process sooner.
      return;
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
