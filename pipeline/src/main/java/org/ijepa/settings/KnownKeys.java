package org.ijepa.settings;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The keys of the reference file; all others are mistakes. */
final class KnownKeys {
  private final Set<String> keys;
  private final Set<String> sections = new TreeSet<>();

  KnownKeys(Collection<String> keys) {
    this.keys = new TreeSet<>(keys);
    for (String key : keys) {
      for (int dot = key.indexOf('.'); dot > 0; dot = key.indexOf('.', dot + 1)) {
        sections.add(key.substring(0, dot));
      }
    }
  }

  /** The leaves of a layer by their full key. */
  Map<String, ConfigValue> leaves(ConfigObject layer) {
    Map<String, ConfigValue> leaves = new LinkedHashMap<>();
    collect(layer, "", leaves);
    return leaves;
  }

  private void collect(ConfigObject object, String prefix, Map<String, ConfigValue> into) {
    object.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry -> {
              String key = prefix + entry.getKey();
              ConfigValue value = entry.getValue();
              if (keys.contains(key)) {
                into.put(key, value);
              } else if (!sections.contains(key)) {
                Map.Entry<String, ConfigValue> leaf = firstLeaf(key, value);
                throw unknown(leaf.getKey(), Layers.origin(leaf.getValue()));
              } else if (value instanceof ConfigObject section) {
                collect(section, key + ".", into);
              } else {
                throw ConfigurationError.about(
                        key,
                        key + " is a section, not a key",
                        "its keys: " + Check.join(under(key)),
                        null)
                    .from(Layers.origin(value));
              }
            });
  }

  private static Map.Entry<String, ConfigValue> firstLeaf(String key, ConfigValue value) {
    if (value instanceof ConfigObject section && !section.isEmpty()) {
      String child = new TreeSet<>(section.keySet()).first();
      return firstLeaf(key + "." + child, section.get(child));
    }
    return Map.entry(key, value);
  }

  /**
   * The error about a key that is not known: the nearest one that is, else those beside it, else
   * the sections.
   */
  ConfigurationError unknown(String key, String origin) {
    return ConfigurationError.about(key, "unknown key " + key, hint(key), null).from(origin);
  }

  private String hint(String key) {
    String last = key.substring(key.lastIndexOf('.') + 1);
    List<String> sameName =
        keys.stream().filter(known -> known.equals(last) || known.endsWith("." + last)).toList();
    if (sameName.size() == 1) {
      return "did you mean " + sameName.get(0) + "?";
    }
    return Nearest.find(key, keys)
        .map(near -> "did you mean " + near + "?")
        .orElseGet(() -> beside(key));
  }

  private String beside(String key) {
    String section = key.contains(".") ? key.substring(0, key.lastIndexOf('.')) : "";
    if (sections.contains(section)) {
      return section + " has: " + Check.join(under(section));
    }
    List<String> top = sections.stream().filter(name -> !name.contains(".")).toList();
    return "sections are " + Check.join(top) + ", and the key seed";
  }

  private List<String> under(String section) {
    return keys.stream().filter(key -> key.startsWith(section + ".")).toList();
  }
}
