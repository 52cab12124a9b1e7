package org.ijepa.cli;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.chaos.Chaos;
import org.ijepa.chaos.ChaosReport;
import org.ijepa.chaos.Fault;
import org.ijepa.failure.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Faults in a cluster on this machine. */
@Command(
    name = "chaos",
    description = {
      "Kills and stops nodes of a running cluster on this machine, and reports what became of it.",
      "The run was started by ijepa cluster --restart. A fault comes when the cluster has recovered from",
      "the one before. Ends with the run, after --count faults, or with Ctrl-C; exit code 1 if the run did",
      "not recover, a slow node or a full disk cost it a node, its ledger is wrong, or its losses are others than",
      "those of --compare."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer =
        "  ijepa chaos --run runs/photos --every 30s --faults kill,stop --compare runs/undisturbed")
final class ChaosCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run's folder.")
  private Path run;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Time.class,
      description = "From a recovery to the next fault (default: ${DEFAULT-VALUE}).")
  private Duration every;

  @Option(
      names = "--faults",
      paramLabel = "FAULT",
      split = ",",
      defaultValue = "kill,stop,leave,slow",
      converter = ToFault.class,
      description =
          "kill, kill-all, kill-minority (as many as can be lost at once), stop (for 14 s), slow (stopped three quarters of 10 s), leave, disk-full (no file can grow for 8 s; needs prlimit) or partition (a minority is cut off for 14 s; with ijepa cluster --relays) (default: ${DEFAULT-VALUE}).")
  private List<Fault> faults;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Decides which fault comes when, and to which node (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Number of faults (default: until the run ends).")
  private int count = Integer.MAX_VALUE;

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      defaultValue = "3m",
      converter = Time.class,
      description =
          "For a recovery, after which the run counts as lost (default: ${DEFAULT-VALUE}).")
  private Duration patience;

  @Option(
      names = "--compare",
      paramLabel = "DIR",
      description = "Folder of the same run without faults: losses must be the same.")
  private Optional<Path> compare = Optional.empty();

  @Override
  public Integer call() throws Exception {
    if (count < 1) {
      throw new ParameterException(
          spec.commandLine(), "--count is " + count + "; it must be at least 1");
    }
    require("--every", every);
    require("--patience", patience);
    PrintWriter out = spec.commandLine().getOut();
    Chaos chaos =
        new Chaos(run, faults, every, seed, patience, InstantSource.system(), out::println);
    return Interruption.guard(chaos::requestStop, () -> report(chaos, out));
  }

  private void require(String option, Duration time) {
    if (time.isZero() || time.isNegative()) {
      throw new ParameterException(
          spec.commandLine(), "%s is %d ms; it must be above 0".formatted(option, time.toMillis()));
    }
  }

  private int report(Chaos chaos, PrintWriter out) throws IOException, InterruptedException {
    ChaosReport report = ChaosReport.of(run, chaos.run(count), compare);
    report.lines().forEach(out::println);
    out.flush();
    return (report.good() ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
  }

  private static final class Time implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return ConfigFactory.parseString("time = " + text).getDuration("time");
      } catch (ConfigException e) {
        throw new TypeConversionException(text + " is no time, such as 30s or 5m");
      }
    }
  }

  private static final class ToFault implements ITypeConverter<Fault> {
    @Override
    public Fault convert(String text) {
      for (Fault fault : Fault.values()) {
        if (fault.name().equalsIgnoreCase(text.strip().replace('-', '_'))) {
          return fault;
        }
      }
      throw new TypeConversionException(
          text
              + " is no fault; there are kill, kill-all, kill-minority, stop, slow, leave, disk-full and partition");
    }
  }
}
