package org.ijepa.settings;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads {@code data.uri}: an address, or a list of sources with proportions, of which there are
 * exact numbers in each thousand images, so that they are whole thousandths.
 */
final class SourceList {
  private static final String KEY = "data.uri";
  private static final String URI = "uri";
  private static final String PROPORTION = "proportion";
  private static final BigDecimal ALL = BigDecimal.valueOf(DataSettings.Source.ALL);

  private final TypedValues values;

  SourceList(TypedValues values) {
    this.values = values;
  }

  List<DataSettings.Source> read() {
    if (values.isList(KEY)) {
      return several(values.elements(KEY));
    }
    String uri = values.text(KEY);
    return uri.isEmpty()
        ? List.of()
        : List.of(new DataSettings.Source(uri, DataSettings.Source.ALL));
  }

  private static List<DataSettings.Source> several(List<?> elements) {
    List<DataSettings.Source> sources = new ArrayList<>();
    Set<String> addresses = new LinkedHashSet<>();
    int sum = 0;
    for (Object element : elements) {
      DataSettings.Source source = source(element);
      if (!addresses.add(source.uri().replaceFirst("(?<=[^/])/+$", ""))) {
        throw ConfigurationError.of(
            KEY,
            source.uri(),
            "stand once in the list; give one source the sum of its proportions");
      }
      sum += source.perMille();
      sources.add(source);
    }
    if (sum != DataSettings.Source.ALL) {
      throw ConfigurationError.about(
          KEY,
          "the proportions of the sources in data.uri sum to " + thousandths(sum),
          "they must sum to 1",
          null);
    }
    return sources;
  }

  private static DataSettings.Source source(Object element) {
    if (!(element instanceof Map<?, ?> fields)) {
      throw wrong(element, "be like { uri = \"/data/a\", proportion = 0.7 } for each source");
    }
    Set<String> unknown = new TreeSet<>();
    fields.keySet().forEach(name -> unknown.add(String.valueOf(name)));
    unknown.removeAll(Set.of(URI, PROPORTION));
    if (!unknown.isEmpty()) {
      throw wrong(element, "have uri and proportion only, not " + unknown.iterator().next());
    }
    if (!(fields.get(URI) instanceof String uri) || uri.isBlank()) {
      throw wrong(element, "have a uri for each source: a folder, file:///path or s3://bucket/x");
    }
    return new DataSettings.Source(uri, perMille(element, fields.get(PROPORTION)));
  }

  private static int perMille(Object element, Object proportion) {
    String allowed = "have a proportion of whole thousandths for each source, 0.001 to 1";
    if (!(proportion instanceof Number || proportion instanceof String)) {
      throw wrong(element, allowed);
    }
    try {
      int perMille =
          new BigDecimal(String.valueOf(proportion).strip()).multiply(ALL).intValueExact();
      if (perMille >= 1 && perMille <= DataSettings.Source.ALL) {
        return perMille;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // Said below.
    }
    throw wrong(element, allowed);
  }

  private static String thousandths(int sum) {
    return BigDecimal.valueOf(sum).divide(ALL).stripTrailingZeros().toPlainString();
  }

  private static ConfigurationError wrong(Object element, String allowed) {
    return ConfigurationError.of(KEY, Values.text(element), allowed);
  }
}
