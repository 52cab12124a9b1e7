package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.ijepa.dashboard.Dashboard;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.HttpAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves the live view of a run folder until it is stopped. */
@Command(
    name = "dashboard",
    description = {
      "Shows a run in the browser, live or when it is over.",
      "Reads the files of its folder, whichever process writes them; also /metrics for Prometheus. Runs",
      "until Ctrl-C. A run shows itself with --set logging.http=PORT."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa dashboard --run runs/photos",
      "  ijepa dashboard --run runs/photos --http 0.0.0.0:8080"
    })
final class DashboardCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "Run folder.")
  private Path run;

  @Option(
      names = "--http",
      paramLabel = "[HOST:]PORT",
      defaultValue = "0",
      description = "Where to listen (default: any free port of the loopback interface).")
  private String http;

  private final CountDownLatch stopped = new CountDownLatch(1);

  @Override
  public Integer call() throws Exception {
    return Interruption.guard(stopped::countDown, this::serve);
  }

  private int serve() throws IOException, InterruptedException {
    if (!Files.isDirectory(run)) {
      throw new Failure(ExitCode.WRONG_USAGE, run + " is not a folder", "give that of a run");
    }
    HttpAddress at =
        HttpAddress.parse(http)
            .orElseThrow(
                () ->
                    new Failure(
                        ExitCode.WRONG_USAGE,
                        "--http " + http + " is no address",
                        "give a port or host:port, such as 8080 or 0.0.0.0:8080"));
    try (Dashboard dashboard = Dashboard.start(at, run, this::notReady, Optional::empty)) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(run + " is shown at " + dashboard.url() + " until Ctrl-C");
      out.flush();
      stopped.await();
    }
    return ExitCode.DONE.number();
  }

  private Optional<String> notReady() {
    return Files.exists(run.resolve("metrics.jsonl"))
        ? Optional.empty()
        : Optional.of(run + " holds no run yet");
  }
}
