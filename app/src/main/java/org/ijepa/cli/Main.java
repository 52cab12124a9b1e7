package org.ijepa.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.function.LongSupplier;
import javax.imageio.ImageIO;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root command: {@code ijepa COMMAND}. */
@Command(
    name = "ijepa",
    description = "Pretrains vision transformers with I-JEPA, from images in a folder or in S3.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      QuickstartCommand.class,
      PretrainCommand.class,
      ClusterCommand.class,
      ChaosCommand.class,
      CheckCommand.class,
      PlanCommand.class,
      ParityCommand.class,
      EvalCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      EmbedCommand.class,
      PicturesCommand.class,
      MasksCommand.class,
      DatasetCommand.class,
      LedgerCommand.class,
      ReportCommand.class,
      DoctorCommand.class,
      DashboardCommand.class,
      S3Command.class,
      BenchCommand.class,
      TestCommand.class,
      CompletionCommand.class,
      CommandLine.HelpCommand.class
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa pretrain --config conf/photos.conf --set data.uri=FOLDER --out runs/photos",
      "  ijepa check --config conf/vitb16.conf --set data.uri=s3://bucket/prefix",
      "  ijepa help check",
      "",
      "Exit codes: 0 done, 1 a check failed, 2 wrong usage or configuration,",
      "3 bad data, 4 training failed, 5 interrupted but resumable,",
      "70 a defect of this program."
    })
public final class Main implements Runnable {
  /** Descriptions and examples have shorter lines than that. */
  private static final int HELP_COLUMNS = 108;

  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  private final LongSupplier nanoClock;

  /** The program, by the machine's clock. */
  Main() {
    this(System::nanoTime);
  }

  private Main(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** What progress is timed by. */
  LongSupplier nanoClock() {
    return nanoClock;
  }

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // Charts are small, and a cache in files wants a shutdown hook, which a run that a signal has
    // stopped cannot have any more.
    ImageIO.setUseCache(false);
    Charset charset = Charset.defaultCharset();
    System.exit(
        run(
            new PrintWriter(System.out, true, charset),
            new PrintWriter(System.err, true, charset),
            arguments));
  }

  /** Runs one command; results go to {@code out}, errors to {@code err}; returns the exit code. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return run(out, err, System::nanoTime, arguments);
  }

  /** As above, with a clock of the caller's for progress. */
  static int run(PrintWriter out, PrintWriter err, LongSupplier nanoClock, String... arguments) {
    Main main = new Main(nanoClock);
    CommandLine commandLine =
        commandLine(main)
            .setOut(out)
            .setErr(err)
            .setParameterExceptionHandler(UsageErrors::report)
            .setExecutionExceptionHandler(
                (exception, failed, parsed) -> ErrorReport.print(exception, err, main.debug));
    try {
      return commandLine.execute(arguments);
    } catch (StackOverflowError | InternalError | LinkageError e) {
      return ErrorReport.print(e, err, main.debug);
    }
  }

  /** All commands as they are parsed, with nothing said about what becomes of errors. */
  static CommandLine commandLine(Main main) {
    return new CommandLine(main)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpWidth(HELP_COLUMNS);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
