package org.ijepa.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which keys there are, and which one was meant. */
final class KnownKeys {
  private KnownKeys() {}

  /** Refuses keys of {@code differences} that the reference does not have. */
  static void check(Config differences, Config reference) {
    SortedSet<String> known = paths(reference);
    for (String key : paths(differences)) {
      if (!known.contains(key)) {
        String origin = origin(differences, key);
        String nearest =
            known.stream()
                .min(Comparator.comparingInt(other -> distance(key, other)))
                .orElseThrow();
        throw new ConfigurationError(
            "unknown key " + key + origin, "did you mean " + nearest + "?");
      }
    }
  }

  private static String origin(Config config, String key) {
    return config.getIsNull(key) ? "" : " (" + config.getValue(key).origin().description() + ")";
  }

  /** All keys with a value, null included. */
  static SortedSet<String> paths(Config config) {
    SortedSet<String> paths = new TreeSet<>();
    collect(config.root(), "", paths);
    return paths;
  }

  private static void collect(ConfigObject object, String prefix, SortedSet<String> paths) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      String path = prefix + ConfigUtil.joinPath(entry.getKey());
      if (entry.getValue() instanceof ConfigObject inner) {
        if (inner.isEmpty()) {
          paths.add(path);
        }
        collect(inner, path + ".", paths);
      } else {
        paths.add(path);
      }
    }
  }

  /** Edit distance: insertions, deletions and substitutions of characters. */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
