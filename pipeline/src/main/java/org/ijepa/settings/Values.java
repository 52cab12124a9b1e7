package org.ijepa.settings;

import com.typesafe.config.ConfigUtil;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Keys with their values in the order in which they are shown, and values as HOCON. */
final class Values {
  private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9-]*");
  private static final Set<String> RESERVED = Set.of("true", "false", "null", "include");

  private Values() {}

  /** Key, value, key, value, … */
  static Map<String, Object> of(Object... keysAndValues) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      values.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return values;
  }

  /** A value as it can stand in a configuration file. */
  static String text(Object value) {
    if (value instanceof String text) {
      boolean plain = WORD.matcher(text).matches() && !RESERVED.contains(text);
      return plain ? text : ConfigUtil.quoteString(text);
    }
    if (value instanceof Enum<?> constant) {
      return Choice.name(constant);
    }
    if (value instanceof Duration duration) {
      return duration.toMillis() % 1000 == 0
          ? duration.toSeconds() + " s"
          : duration.toMillis() + " ms";
    }
    if (value instanceof Map<?, ?> fields) {
      return fields.entrySet().stream()
          .map(field -> field.getKey() + " = " + text(field.getValue()))
          .collect(Collectors.joining(", ", "{ ", " }"));
    }
    if (value instanceof List<?> list) {
      return "[" + String.join(", ", list.stream().map(Values::text).toList()) + "]";
    }
    return String.valueOf(value);
  }
}
