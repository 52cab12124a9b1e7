package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.ijepa.embedded.EmbeddedS3;
import org.ijepa.embedded.EmbeddedS3.Credentials;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves a folder as S3 until it is stopped. */
@Command(
    name = "s3",
    description = {
      "Serves a folder as S3, to try things out.",
      "The folders in it are the buckets. Runs on this machine until Ctrl-C. Credentials are those of the",
      "environment, else new ones."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample (photos/ lies in buckets/):%n",
    footer = {
      "  ijepa s3 --dir buckets --port 9000",
      "  ijepa pretrain --config conf/photos.conf --set data.uri=s3://photos \\",
      "      --set data.s3.endpoint=http://127.0.0.1:9000"
    })
final class S3Command implements Callable<Integer> {
  private static final String ID = "AWS_ACCESS_KEY_ID";
  private static final String SECRET = "AWS_SECRET_ACCESS_KEY";

  @Spec private CommandSpec spec;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Folder that holds the buckets.")
  private Path folder;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Port of the loopback interface (default: any that is free).")
  private int port;

  private final CountDownLatch stopped = new CountDownLatch(1);

  @Override
  public Integer call() throws Exception {
    return Interruption.guard(stopped::countDown, this::serve);
  }

  private int serve() throws IOException, InterruptedException {
    if (!Files.isDirectory(folder)) {
      throw new Failure(
          ExitCode.WRONG_USAGE, folder + " is not a folder", "name the one that holds the buckets");
    }
    try (EmbeddedS3 s3 = EmbeddedS3.start(folder, port, credentials(System::getenv))) {
      PrintWriter out = spec.commandLine().getOut();
      out.println("# " + folder + " is served at " + s3.endpoint() + " until Ctrl-C; elsewhere:");
      out.println("export " + ID + "=" + s3.credentials().accessKeyId());
      out.println("export " + SECRET + "=" + s3.credentials().secretAccessKey());
      out.flush();
      stopped.await();
    }
    return ExitCode.DONE.number();
  }

  private static Credentials credentials(UnaryOperator<String> environment) {
    String id = environment.apply(ID);
    String secret = environment.apply(SECRET);
    return id == null || secret == null || id.isBlank() || secret.isBlank()
        ? Credentials.generated()
        : new Credentials(id, secret);
  }
}
