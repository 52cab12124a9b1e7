package org.ijepa.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskRules.Cut;

/**
 * All settings of a run, read once and checked.
 *
 * @param resolved every key with its value as text, sorted
 * @param origins every key with the place that its value came from
 */
public record Settings(
    long seed,
    DataSettings data,
    MaskRules mask,
    ModelSettings model,
    OptimizationSettings optimization,
    RunSettings.Checkpoint checkpoint,
    RunSettings.Cluster cluster,
    RunSettings.Pipeline pipeline,
    RunSettings.Logging logging,
    Map<String, String> resolved,
    Map<String, String> origins) {

  private static final String REFERENCE = "ijepa-reference.conf";

  /** Keys and sections that do not change what a run computes. */
  private static final List<String> WITHOUT_MEANING =
      List.of(
          "data.uri",
          "data.s3.",
          "checkpoint.",
          "cluster.",
          "pipeline.",
          "logging.",
          "optimization.max-skipped-steps");

  /**
   * Reads the reference, a file of differences, and single settings, later ones winning.
   *
   * @param sets settings as {@code key=value}, the value in HOCON
   * @throws ConfigurationError if a key is unknown or a value is not allowed
   */
  public static Settings load(Optional<Path> file, List<String> sets) {
    Config reference = ConfigFactory.parseResources(Settings.class.getClassLoader(), REFERENCE);
    Config differences = ConfigFactory.empty();
    if (file.isPresent()) {
      differences = parse(file.get());
    }
    for (String set : sets) {
      differences = parse(set).withFallback(differences);
    }
    try {
      Config all = differences.withFallback(reference).resolve();
      KnownKeys.check(differences, reference);
      return read(all);
    } catch (ConfigException e) {
      throw new ConfigurationError(
          "configuration: " + e.getMessage(), "correct the file, or see `ijepa check --help`");
    } catch (IllegalArgumentException e) {
      throw new ConfigurationError("configuration: " + e.getMessage(), "see `ijepa check`");
    }
  }

  private static Config parse(Path file) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new ConfigurationError(
          "configuration file " + file + " cannot be read", "give a file with --config, see conf/");
    }
    try {
      return ConfigFactory.parseFile(
          file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
    } catch (ConfigException e) {
      throw new ConfigurationError(e.getMessage(), "correct the file; its syntax is HOCON");
    }
  }

  private static Config parse(String set) {
    int equals = set.indexOf('=');
    if (equals <= 0) {
      throw new ConfigurationError("--set " + set + " has no value", "write --set key=value");
    }
    String key = set.substring(0, equals).trim();
    String value = set.substring(equals + 1).trim();
    ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription("--set " + set);
    try {
      return ConfigFactory.parseString(key + " = " + value, options);
    } catch (ConfigException e) {
      // Values such as s3://bucket/prefix are texts, though HOCON would want them quoted.
      return ConfigFactory.parseString(key + " = " + quoted(value), options);
    }
  }

  private static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static Settings read(Config all) {
    int cores = Runtime.getRuntime().availableProcessors();
    DataSettings data = DataSettings.read(section(all, "data"), section(all, "data.s3"));
    ModelSettings model =
        ModelSettings.read(
            section(all, "model"),
            section(all, "model.predictor"),
            section(all, "model.init"),
            data.imageSize());
    MaskRules mask = MaskSettings.read(section(all, "mask"), data.imageSize() / model.patchSize());
    int group = mask.cut() == Cut.PREFIX ? 0 : mask.groupSize();
    OptimizationSettings optimization =
        OptimizationSettings.read(section(all, "optimization"), section(all, "order"), group);
    return new Settings(
        section(all, "").wholeLong("seed"),
        data,
        mask,
        model,
        optimization,
        RunSettings.Checkpoint.read(section(all, "checkpoint")),
        RunSettings.Cluster.read(section(all, "cluster"), cores),
        RunSettings.Pipeline.read(section(all, "pipeline"), cores),
        RunSettings.Logging.read(section(all, "logging")),
        values(all),
        origins(all));
  }

  private static Section section(Config all, String prefix) {
    return new Section(all, prefix);
  }

  private static Map<String, String> values(Config all) {
    Map<String, String> values = new TreeMap<>();
    for (String path : KnownKeys.paths(all)) {
      ConfigValue value = all.getIsNull(path) ? null : all.getValue(path);
      values.put(path, value == null ? "null" : value.render(ConfigRenderOptions.concise()));
    }
    return Map.copyOf(values);
  }

  private static Map<String, String> origins(Config all) {
    Map<String, String> origins = new TreeMap<>();
    for (String path : KnownKeys.paths(all)) {
      if (!all.getIsNull(path)) {
        String origin = all.getValue(path).origin().description();
        origins.put(path, origin.contains(REFERENCE) ? "default" : origin);
      }
    }
    return Map.copyOf(origins);
  }

  /** All settings as HOCON, a line each, with where a value came from unless it is the default. */
  public String render() {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(resolved)
        .forEach(
            (key, value) -> {
              text.append(key).append(" = ").append(value);
              String origin = origins.getOrDefault(key, "default");
              if (!origin.equals("default")) {
                text.append("  # ").append(origin);
              }
              text.append('\n');
            });
    return text.toString();
  }

  /** The settings that change what a run computes, with those that were decided automatically. */
  public Map<String, String> meaning() {
    Map<String, String> meaning = new TreeMap<>();
    resolved.forEach(
        (key, value) -> {
          if (WITHOUT_MEANING.stream().noneMatch(key::startsWith)) {
            meaning.put(key, value);
          }
        });
    meaning.put("order.streams", String.valueOf(optimization.streams()));
    meaning.put("optimization.micro-batch", String.valueOf(optimization.microBatch()));
    return meaning;
  }

  /** What differs between a stored meaning and this one, a line each. */
  public List<String> differences(Map<String, String> stored) {
    List<String> lines = new ArrayList<>();
    meaning()
        .forEach(
            (key, value) -> {
              String before = stored.get(key);
              if (before != null && !before.equals(value)) {
                lines.add(key + " was " + before + ", is " + value);
              }
            });
    return lines;
  }

  /** The reference file, with a comment for each key. */
  public static String reference() {
    try (InputStream stream = Settings.class.getClassLoader().getResourceAsStream(REFERENCE)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(REFERENCE, e);
    }
  }
}
