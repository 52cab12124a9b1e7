package org.ijepa.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.settings.Settings;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** {@code --config} and {@code --set}, for every command that reads the configuration. */
public final class SettingsOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Configuration over the defaults; see conf/.")
  private Path config;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      completionCandidates = KeyCandidates.class,
      description =
          "One value over the configuration's, such as data.uri=s3://bucket/prefix; may be given again.")
  private List<String> sets = new ArrayList<>();

  /**
   * Reads the configuration and turns the log to the level that it names.
   *
   * @throws org.ijepa.settings.ConfigurationError where something in it is wrong
   */
  public Settings load() {
    return load(List.of());
  }

  /** These options as they were given, for the command line of another process. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    if (config != null) {
      arguments.addAll(List.of("--config", config.toString()));
    }
    sets.forEach(set -> arguments.addAll(List.of("--set", set)));
    return arguments;
  }

  /** As above, with more values over those of the command line. */
  Settings load(List<String> more) {
    return load(Optional.empty(), more);
  }

  /**
   * As above.
   *
   * @param base the configuration where none is named
   */
  Settings load(Optional<Path> base, List<String> more) {
    List<String> all = new ArrayList<>(sets);
    all.addAll(more);
    Settings settings = Settings.load(Optional.ofNullable(config).or(() -> base), all);
    if (LoggerFactory.getLogger("org.ijepa") instanceof Logger logger) {
      logger.setLevel(Level.valueOf(settings.logging().level().name()));
    }
    return settings;
  }
}
