package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.replica.Replica.Encoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
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
  @Mixin private EncoderOptions from;

  @Option(
      names = "--untrained",
      description = "Start values by chance, those of the run's seed, instead of its checkpoint.")
  private boolean untrained;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of every random choice.")
  private long seed;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = "Writes the result there as JSON.")
  private Optional<Path> json = Optional.empty();

  /** What came out, for people and for programs. */
  record Result(String text, ObjectNode json) {}

  /** Judges the encoder. */
  abstract Result judge(FrozenEncoder frozen) throws IOException;

  @Override
  public final Integer call() throws IOException {
    json.ifPresent(OutputFile::prepare);
    try (FrozenEncoder frozen = from.open()) {
      if (untrained) {
        frozen.untrained();
        if (frozen.isImported()) {
          warn("an imported checkpoint does not tell how it began: this is the start of seed 0");
        } else if (!frozen.settings().model().init().checkpoint().isEmpty()) {
          warn("the run began from model.init.checkpoint: this is not that, but a start by chance");
        }
      }
      Result result = judge(frozen);
      var out = spec.commandLine().getOut();
      out.println(about(frozen));
      out.println(result.text());
      out.flush();
      if (json.isPresent()) {
        describe(frozen, result.json());
        Files.writeString(json.get(), result.json().toPrettyString() + "\n");
      }
      return ExitCode.DONE.number();
    }
  }

  /** What is judged, in a line. */
  String about(FrozenEncoder frozen) {
    String start = untrained ? "untrained start of " : "";
    return start + frozen.name() + ", " + from.encoderName() + " encoder";
  }

  /** Writes what is judged into the result. */
  void describe(FrozenEncoder frozen, ObjectNode json) {
    json.put("checkpoint", frozen.name().toString());
    json.put("checkpoints", from.uri());
    json.put("untrained", untrained);
    json.put("encoder", from.encoderName());
    json.put("precision", frozen.precision());
    json.put("seed", seed);
  }

  final Encoder encoder() {
    return from.encoder();
  }

  final long seed() {
    return seed;
  }

  /** Refuses options that were given without that which they belong to. */
  final void requireWith(String needed, boolean given, List<String> options) {
    var line = spec.commandLine().getParseResult();
    options.stream()
        .filter(option -> !given && line.hasMatchedOption(option))
        .findFirst()
        .ifPresent(
            option -> {
              throw new Failure(
                  ExitCode.WRONG_USAGE,
                  option + " without " + needed,
                  "add " + needed + ", or leave " + option + " out");
            });
  }

  /**
   * Refuses the value of an option.
   *
   * @param given the option and its value
   */
  static void require(boolean holds, String given, String hint) {
    if (!holds) {
      throw new Failure(ExitCode.WRONG_USAGE, given, hint);
    }
  }

  /** Tells of what was left out. */
  final void warn(String text) {
    spec.commandLine().getErr().println("warning: " + text);
  }
}
