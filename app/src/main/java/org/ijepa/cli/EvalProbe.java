package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.node.Models;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all probes of {@code eval} have in common: which encoder, and where the result goes. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    showDefaultValues = true)
abstract class EvalProbe implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--checkpoint",
      paramLabel = "URI",
      required = true,
      description = "Folder or s3:// prefix of a run's checkpoints; the newest is taken.")
  private String checkpoints;

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      defaultValue = "target",
      description = "target or context.")
  private Encoder encoder;

  @Option(names = "--untrained", description = "The run's start values instead of its checkpoint.")
  private boolean untrained;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of every random choice.")
  private long seed;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the result there as JSON.")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      description = "Where S3 is: data.s3.endpoint, data.s3.region.")
  private List<String> sets = new ArrayList<>();

  /** What came out, for people and for programs. */
  record Result(String text, ObjectNode json) {}

  /** Judges the encoder. */
  abstract Result judge(FrozenEncoder frozen) throws IOException;

  @Override
  public final Integer call() throws IOException {
    Settings access = Settings.load(Optional.empty(), sets);
    try (FrozenEncoder frozen = new FrozenEncoder(checkpoints, Models.s3(access))) {
      if (untrained) {
        frozen.untrained();
      }
      Result result = judge(frozen);
      var out = spec.commandLine().getOut();
      String which = encoder.name().toLowerCase(Locale.ROOT) + " encoder";
      out.println((untrained ? "untrained start of " : "") + frozen.name() + ", " + which);
      out.println(result.text());
      out.flush();
      if (json.isPresent()) {
        result.json().put("checkpoint", frozen.name().toString());
        result.json().put("untrained", untrained);
        result.json().put("encoder", encoder.name().toLowerCase(Locale.ROOT));
        Files.writeString(json.get(), result.json().toPrettyString() + "\n");
      }
      return ExitCode.DONE.number();
    }
  }

  final Encoder encoder() {
    return encoder;
  }

  final long seed() {
    return seed;
  }

  /** Tells of what was left out. */
  final void warn(String text) {
    spec.commandLine().getErr().println("warning: " + text);
  }
}
