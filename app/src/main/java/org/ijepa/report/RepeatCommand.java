package org.ijepa.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.ijepa.report.ReportedRun.Setting;
import org.ijepa.settings.Settings;

/**
 * The command that does a run again, in one process and with nothing but images in common with it:
 * neither its addresses nor its members, and never its checkpoints, which it would go on from.
 */
final class RepeatCommand {
  /** What is a run's place, not what it computes. */
  private static final List<String> PLACE =
      List.of(
          "checkpoint.uri",
          "cluster.node-name",
          "cluster.host",
          "cluster.port",
          "cluster.ring-port",
          "cluster.listen.host",
          "cluster.listen.port",
          "cluster.listen.ring-port",
          "cluster.seed-nodes",
          "cluster.roles",
          "cluster.min-trainers",
          "cluster.tls.key",
          "cluster.tls.certificate",
          "cluster.tls.ca",
          "cluster.secret-file",
          "cluster.insecure",
          "logging.http");

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");

  private RepeatCommand() {}

  /**
   * A line for a shell.
   *
   * @param configuration that the run wrote down
   * @param settings in it, by key
   */
  static String of(Path configuration, Map<String, Setting> settings) {
    StringBuilder line = new StringBuilder("./ijepa pretrain --config ");
    line.append(quoted(configuration.toString()));
    for (String key : PLACE) {
      Setting setting = settings.get(key);
      if (setting != null && !setting.isDefault()) {
        line.append(" --set ").append(quoted(key + "=" + Settings.defaultText(key)));
      }
    }
    return line.append(" --out NEW").toString();
  }

  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
