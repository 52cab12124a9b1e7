package org.ijepa.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** All keys of a reference file, with defaults and comments, as a page in Markdown. */
public final class ReferencePage {
  private static final String MEANING = "[meaning]";

  private ReferencePage() {}

  /**
   * The page about the keys of a run, and after them those of the machines that it is planned on.
   */
  public static String write() {
    return """
        # Configuration

        Every key there is, with its default. A file of your own (see `conf/`) states only what differs; `--set KEY=VALUE` on the command line goes
        before both. Keys marked *meaning* decide what is computed: a run goes on only with the values that it began with. `auto`: worked out from
        other keys; `./ijepa check --config FILE` prints what it became and where each value came from.

        This page is made from the comments of `ijepa-reference.conf` and kept equal to them by a test. To write it anew:

            ./ijepa check --reference > docs/configuration.md
        """
        + keys(Layers.REFERENCE)
        + keys(MachineSettings.REFERENCE);
  }

  private static String keys(String resource) {
    Map<String, ConfigValue> values = new LinkedHashMap<>();
    collect(Layers.reference(resource), "", values);
    StringBuilder page = new StringBuilder();
    String section = "";
    for (List<Map.Entry<String, ConfigValue>> group : groups(values)) {
      String first = group.get(0).getKey();
      String its = first.contains(".") ? first.substring(0, first.indexOf('.')) : "";
      if (!its.equals(section)) {
        page.append("\n## ").append(its).append('\n');
        section = its;
      }
      entry(group, page);
    }
    return page.toString();
  }

  private static void entry(List<Map.Entry<String, ConfigValue>> group, StringBuilder page) {
    String comment =
        group.get(0).getValue().origin().comments().stream()
            .map(String::strip)
            .collect(Collectors.joining("\n"));
    String mark = comment.startsWith(MEANING) ? " · *meaning*" : "";
    for (Map.Entry<String, ConfigValue> key : group) {
      page.append("\n### `").append(key.getKey()).append("`\n");
    }
    page.append("\nDefault ")
        .append(
            group.stream()
                .map(key -> "`" + text(key.getValue()) + "`")
                .collect(Collectors.joining(", ")))
        .append(mark)
        .append("\n\n")
        .append(comment.replace(MEANING, "").strip())
        .append('\n');
  }

  /** As it stands in the file: {@code 1e-6}, not {@code 1.0E-6}. */
  private static String text(ConfigValue value) {
    Config alone = value.atKey("value");
    if (value.unwrapped() instanceof List<?>) {
      return "[" + String.join(", ", alone.getStringList("value")) + "]";
    }
    return value.unwrapped() instanceof Number
        ? alone.getString("value")
        : Values.text(value.unwrapped());
  }

  /** Keys that stand under one comment, together. */
  private static List<List<Map.Entry<String, ConfigValue>>> groups(
      Map<String, ConfigValue> values) {
    List<List<Map.Entry<String, ConfigValue>>> groups = new ArrayList<>();
    for (Map.Entry<String, ConfigValue> entry : values.entrySet()) {
      if (groups.isEmpty() || !entry.getValue().origin().comments().isEmpty()) {
        groups.add(new ArrayList<>());
      }
      groups.get(groups.size() - 1).add(entry);
    }
    return groups;
  }

  private static void collect(ConfigObject object, String prefix, Map<String, ConfigValue> into) {
    object.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber()))
        .forEach(
            entry -> {
              String key = prefix + entry.getKey();
              if (entry.getValue() instanceof ConfigObject section) {
                collect(section, key + ".", into);
              } else {
                into.put(key, entry.getValue());
              }
            });
  }
}
