package org.ijepa.settings;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Values of the layers as the types that the records have; a value of another type is a {@link
 * ConfigurationError}.
 */
final class TypedValues {
  private final Layers layers;

  TypedValues(Layers layers) {
    this.layers = layers;
  }

  int whole(String key) {
    return whole(key, "be a whole number");
  }

  /** A whole number, or empty where the value is {@code word}. */
  OptionalInt wholeOr(String key, String word) {
    return word(key).equals(word)
        ? OptionalInt.empty()
        : OptionalInt.of(whole(key, "be a whole number or " + word));
  }

  long wide(String key) {
    try {
      return decimal(key, "be a whole number").longValueExact();
    } catch (ArithmeticException e) {
      throw wrong(key, "be a whole number");
    }
  }

  double number(String key) {
    return decimal(key, "be a number").doubleValue();
  }

  /** A number, or empty where the value is {@code word}. */
  OptionalDouble numberOr(String key, String word) {
    return word(key).equals(word)
        ? OptionalDouble.empty()
        : OptionalDouble.of(numberBeside(key, word));
  }

  /** A number where {@code words} would have been allowed, too. */
  double numberBeside(String key, String words) {
    return decimal(key, "be a number or " + words).doubleValue();
  }

  boolean flag(String key) {
    return switch (word(key)) {
      case "true", "on" -> true;
      case "false", "off" -> false;
      default -> throw wrong(key, "be true or false (on or off)");
    };
  }

  String text(String key) {
    Object value = unwrapped(key);
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return String.valueOf(value);
    }
    throw wrong(key, "be text, in double quotes");
  }

  <E extends Enum<E>> E choice(String key, Class<E> type) {
    return oneOf(key, type, word(key), Choice.names(type));
  }

  /** A constant, or empty where the value is {@code word}. */
  <E extends Enum<E>> Optional<E> choiceOr(String key, Class<E> type, String word) {
    if (word(key).equals(word)) {
      return Optional.empty();
    }
    List<String> allowed = new ArrayList<>(Choice.names(type));
    allowed.add(word);
    return Optional.of(oneOf(key, type, word(key), allowed));
  }

  <E extends Enum<E>> List<E> choices(String key, Class<E> type) {
    return texts(key).stream().map(name -> oneOf(key, type, name, Choice.names(type))).toList();
  }

  List<String> texts(String key) {
    return list(key, "be a list of texts, such as [\"a\", \"b\"]").stream()
        .map(String::valueOf)
        .toList();
  }

  boolean isList(String key) {
    return unwrapped(key) instanceof List<?>;
  }

  /** What a list has, whatever it is. */
  List<?> elements(String key) {
    return list(key, "be a list");
  }

  List<Double> numbers(String key) {
    String allowed = "be a list of numbers, such as [0.1, 0.2]";
    return list(key, allowed).stream()
        .map(value -> decimal(key, value, allowed).doubleValue())
        .toList();
  }

  Range range(String key) {
    List<Double> ends = numbers(key);
    if (ends.size() != 2) {
      throw wrong(key, "be two numbers: [from, to]");
    }
    return new Range(ends.get(0), ends.get(1));
  }

  Duration duration(String key) {
    Object value = unwrapped(key);
    if (value instanceof String) {
      try {
        return layers.get(key).atKey("value").getDuration("value");
      } catch (ConfigException e) {
        throw wrong(key, "be a time with its unit, such as 500 ms, 30 s or 10 minutes");
      }
    }
    throw wrong(key, "be a time with its unit, such as 500 ms, 30 s or 10 minutes");
  }

  /** Bytes: a number, or one with a unit. */
  long bytes(String key) {
    try {
      return layers.get(key).atKey("value").getBytes("value");
    } catch (ConfigException e) {
      throw wrong(key, "be a size with its unit, such as 500 MB or 200 GiB, or 0");
    }
  }

  /** Bytes, or empty where the value is {@code word}. */
  OptionalLong bytesOr(String key, String word) {
    return word(key).equals(word) ? OptionalLong.empty() : OptionalLong.of(bytes(key));
  }

  /** The value where it is one word or number; empty where it is a list or a section. */
  String word(String key) {
    Object value = unwrapped(key);
    return value instanceof List<?> || value instanceof Map<?, ?> ? "" : String.valueOf(value);
  }

  private int whole(String key, String allowed) {
    try {
      return decimal(key, allowed).intValueExact();
    } catch (ArithmeticException e) {
      throw wrong(key, allowed);
    }
  }

  private BigDecimal decimal(String key, String allowed) {
    return decimal(key, unwrapped(key), allowed);
  }

  /** Text is read as a number as well: that is what an environment variable gives. */
  private BigDecimal decimal(String key, Object value, String allowed) {
    if (value instanceof Number || value instanceof String) {
      try {
        return new BigDecimal(String.valueOf(value).strip());
      } catch (NumberFormatException e) {
        throw wrong(key, allowed);
      }
    }
    throw wrong(key, allowed);
  }

  private <E extends Enum<E>> E oneOf(
      String key, Class<E> type, String name, List<String> allowed) {
    return Choice.of(type, name)
        .orElseThrow(
            () ->
                wrong(key, "be one of " + Check.join(allowed) + Nearest.suggestion(name, allowed)));
  }

  private List<?> list(String key, String allowed) {
    if (unwrapped(key) instanceof List<?> list) {
      return list;
    }
    throw wrong(key, allowed);
  }

  private Object unwrapped(String key) {
    ConfigValue value = layers.get(key);
    if (Layers.isNull(value)) {
      throw ConfigurationError.of(key, "null", "have a value; leave the line out for the default");
    }
    return value.unwrapped();
  }

  private ConfigurationError wrong(String key, String allowed) {
    Object value = layers.get(key).unwrapped();
    return ConfigurationError.of(key, Values.text(value), allowed);
  }
}
