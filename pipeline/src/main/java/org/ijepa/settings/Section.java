package org.ijepa.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Typed, checked reading of one section of the configuration. */
final class Section {
  private static final String AUTO = "auto";

  private final Config root;
  private final String prefix;

  Section(Config root, String prefix) {
    this.root = root;
    this.prefix = prefix;
  }

  private String key(String name) {
    return prefix.isEmpty() ? name : prefix + "." + name;
  }

  private boolean isUnset(String name) {
    if (root.getIsNull(key(name))) {
      return true;
    }
    ConfigValue value = root.getValue(key(name));
    return value.valueType() == ConfigValueType.STRING && AUTO.equals(value.unwrapped());
  }

  private <T> T read(String name, String wanted, Function<String, T> reader) {
    String key = key(name);
    try {
      return reader.apply(key);
    } catch (ConfigException.WrongType | ConfigException.BadValue | ConfigException.Null e) {
      ConfigValue value = root.getIsNull(key) ? null : root.getValue(key);
      String shown = value == null ? "null" : String.valueOf(value.unwrapped());
      String origin = value == null ? "" : " (" + value.origin().description() + ")";
      throw new ConfigurationError(key + " = " + shown + origin, key + " is " + wanted);
    }
  }

  int integer(String name, int least) {
    int value = read(name, "a whole number", root::getInt);
    if (value < least) {
      throw ConfigurationError.of(key(name), value, "give a whole number from " + least + " on");
    }
    return value;
  }

  long wholeLong(String name) {
    return read(name, "a whole number", root::getLong);
  }

  OptionalInt optionalInteger(String name, int least) {
    return isUnset(name) ? OptionalInt.empty() : OptionalInt.of(integer(name, least));
  }

  double number(String name, double least, double most) {
    double value = read(name, "a number", root::getDouble);
    if (!(value >= least && value <= most)) {
      throw ConfigurationError.of(
          key(name),
          value,
          "give a number from " + least + (most < Double.MAX_VALUE ? " to " + most : " on"));
    }
    return value;
  }

  Optional<Double> optionalNumber(String name, double least, double most) {
    return isUnset(name) ? Optional.empty() : Optional.of(number(name, least, most));
  }

  boolean flag(String name) {
    return read(name, "true or false", root::getBoolean);
  }

  String text(String name) {
    return read(name, "a text", root::getString);
  }

  Optional<String> optionalText(String name) {
    return isUnset(name) ? Optional.empty() : Optional.of(text(name));
  }

  Duration duration(String name) {
    return read(name, "a duration such as 500ms, 10s, 5m", root::getDuration);
  }

  List<String> texts(String name) {
    return read(name, "a list of texts", root::getStringList);
  }

  List<Double> numbers(String name) {
    return read(name, "a list of numbers", root::getDoubleList);
  }

  /** Two numbers, least <= from <= to <= most. */
  Range range(String name, double least, double most) {
    List<Double> values = numbers(name);
    if (values.size() != 2
        || !(values.get(0) >= least && values.get(0) <= values.get(1) && values.get(1) <= most)) {
      throw ConfigurationError.of(
          key(name),
          values,
          "give two numbers [from, to], not below " + least + ", not above " + most);
    }
    return new Range(values.get(0), values.get(1));
  }

  <E extends Enum<E>> E choice(String name, Class<E> type) {
    String value = text(name);
    for (E each : type.getEnumConstants()) {
      if (nameOf(each).equals(value)) {
        return each;
      }
    }
    String allowed =
        Arrays.stream(type.getEnumConstants())
            .map(Section::nameOf)
            .collect(Collectors.joining(", "));
    throw ConfigurationError.of(key(name), value, "give one of: " + allowed);
  }

  <E extends Enum<E>> Optional<E> optionalChoice(String name, Class<E> type) {
    return isUnset(name) ? Optional.empty() : Optional.of(choice(name, type));
  }

  private static String nameOf(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A closed range of numbers. */
  record Range(double from, double to) {}
}
