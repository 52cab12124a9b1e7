package org.ijepa.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The defaults, the file and the command line laid over each other: one value for every known key,
 * and nothing but known keys.
 */
final class Layers {
  static final String REFERENCE = "ijepa-reference.conf";
  static final String DEFAULT = "default";
  private static final String COMMAND_LINE = "--set";

  /**
   * Pairs of which one is set, and what the other then is. A layer that sets one of them takes the
   * other back.
   */
  private static final List<Pair> PAIRS =
      List.of(
          new Pair("optimization.epochs", "optimization.steps", "none"),
          new Pair("optimization.warmup-epochs", "optimization.warmup-steps", "auto"));

  private static final Pattern STRUCTURED =
      Pattern.compile("\\s*(\\[.*|\".*|true|false|null|[+-]?\\d[\\d.eE+-]*)\\s*", Pattern.DOTALL);

  private record Pair(String first, String second, String neutral) {}

  private final Map<String, ConfigValue> values;

  private Layers(Map<String, ConfigValue> values) {
    this.values = values;
  }

  /** The layers over the defaults of a run. */
  static Layers load(Optional<Path> file, List<String> sets) {
    return load(REFERENCE, file, sets);
  }

  /** The layers over the defaults in a resource. */
  static Layers load(String reference, Optional<Path> file, List<String> sets) {
    Map<String, ConfigValue> values = new LinkedHashMap<>();
    flatten(reference(reference), "", values);
    KnownKeys known = new KnownKeys(values.keySet());
    file.ifPresent(path -> lay(values, known.leaves(parseFile(path))));
    lay(values, known.leaves(parseSets(known, sets)));
    return new Layers(values);
  }

  /** All keys of the defaults in a resource, sorted. */
  static List<String> keys(String reference) {
    return load(reference, Optional.empty(), List.of()).all().keySet().stream().sorted().toList();
  }

  /** A file of defaults among the resources. */
  static ConfigObject reference(String resource) {
    return ConfigFactory.parseResources(Layers.class.getClassLoader(), resource, strict()).root();
  }

  private static ConfigParseOptions strict() {
    return ConfigParseOptions.defaults().setAllowMissing(false);
  }

  private static void flatten(ConfigObject object, String prefix, Map<String, ConfigValue> into) {
    object.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry -> {
              String path = prefix + entry.getKey();
              if (entry.getValue() instanceof ConfigObject section) {
                flatten(section, path + ".", into);
              } else {
                into.put(path, entry.getValue());
              }
            });
  }

  private static void lay(Map<String, ConfigValue> below, Map<String, ConfigValue> layer) {
    for (Pair pair : PAIRS) {
      boolean first = isSet(layer.get(pair.first()), pair.neutral());
      boolean second = isSet(layer.get(pair.second()), pair.neutral());
      if (first && second) {
        throw ConfigurationError.of(
                pair.second(),
                Values.text(layer.get(pair.second()).unwrapped()),
                "be " + pair.neutral() + " where " + pair.first() + " is set; set one of the two")
            .from(origin(layer.get(pair.second())));
      }
      if (first || second) {
        ConfigOrigin origin = layer.get(first ? pair.first() : pair.second()).origin();
        below.put(
            first ? pair.second() : pair.first(),
            ConfigValueFactory.fromAnyRef(pair.neutral()).withOrigin(origin));
      }
    }
    below.putAll(layer);
  }

  private static boolean isSet(ConfigValue value, String neutral) {
    return value != null && !neutral.equals(value.unwrapped());
  }

  private static ConfigObject parseFile(Path file) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw ConfigurationError.about(
          "",
          "no configuration file " + file + " that can be read",
          "see conf/ for examples",
          null);
    }
    try {
      return ConfigFactory.parseFile(file.toFile(), strict()).resolve().root();
    } catch (ConfigException.UnresolvedSubstitution e) {
      throw ConfigurationError.about(
          "", oneLine(e), "define it above or as an environment variable", e);
    } catch (ConfigException.IO e) {
      throw ConfigurationError.about(
          "", "cannot read " + oneLine(e), "see whether its disk is all right, or name another", e);
    } catch (ConfigException e) {
      String hint = "put values with : / @ or # in double quotes";
      throw ConfigurationError.about("", "cannot read " + oneLine(e), hint, e);
    }
  }

  private static ConfigObject parseSets(KnownKeys known, List<String> sets) {
    Config config = ConfigFactory.empty();
    for (String set : sets) {
      int equals = set.indexOf('=');
      if (equals < 1) {
        throw ConfigurationError.about("", COMMAND_LINE + " " + set, "write it as KEY=VALUE", null);
      }
      String key = set.substring(0, equals).strip();
      ConfigValue value = parseValue(key, set.substring(equals + 1).strip());
      try {
        ConfigUtil.splitPath(key);
      } catch (ConfigException e) {
        throw known.unknown(key, COMMAND_LINE);
      }
      config = config.withoutPath(key).withValue(key, value);
    }
    return config.root();
  }

  /**
   * Numbers, lists, true, false and quoted text are read as in a file; all else is text as it
   * stands, so that addresses need no quotes.
   */
  private static ConfigValue parseValue(String key, String text) {
    ConfigOrigin origin = ConfigOriginFactory.newSimple(COMMAND_LINE);
    if (!STRUCTURED.matcher(text).matches()) {
      return ConfigValueFactory.fromAnyRef(text).withOrigin(origin);
    }
    try {
      ConfigParseOptions hocon = ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF);
      return ConfigFactory.parseString("value = " + text, hocon)
          .root()
          .get("value")
          .withOrigin(origin);
    } catch (ConfigException e) {
      throw ConfigurationError.about(
          key, COMMAND_LINE + " " + key + "=" + text + " cannot be read", oneLine(e), e);
    }
  }

  private static String oneLine(ConfigException e) {
    return e.getMessage().strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** The value of a known key. */
  ConfigValue get(String key) {
    ConfigValue value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("the defaults lack " + key);
    }
    return value;
  }

  /** Every key. */
  Map<String, ConfigValue> all() {
    return Map.copyOf(values);
  }

  /** Where a value was written: {@code file:line}, {@code --set} or {@code default}. */
  static String origin(ConfigValue value) {
    ConfigOrigin origin = value.origin();
    if (origin.description().startsWith(COMMAND_LINE)) {
      return COMMAND_LINE;
    }
    if (origin.filename() == null || origin.resource() != null) {
      return DEFAULT;
    }
    return shown(Path.of(origin.filename())) + ":" + origin.lineNumber();
  }

  private static Path shown(Path file) {
    Path here = Path.of("").toAbsolutePath();
    Path absolute = file.toAbsolutePath().normalize();
    return absolute.startsWith(here) ? here.relativize(absolute) : absolute;
  }

  static boolean isNull(ConfigValue value) {
    return value.valueType() == ConfigValueType.NULL;
  }
}
