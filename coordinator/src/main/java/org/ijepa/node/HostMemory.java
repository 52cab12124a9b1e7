package org.ijepa.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * Memory that this process may still take: what the system has available, or what is left of the
 * limits of its control groups (cgroups(7), versions 1 and 2), where that is less.
 */
final class HostMemory {
  private static final String NO_LIMIT = "max";

  private HostMemory() {}

  /** Bytes; {@code Long.MAX_VALUE} on systems that do not tell. */
  static long available() {
    return available(Path.of("/"));
  }

  /** As above, of the system whose files are below {@code root}. */
  static long available(Path root) {
    return Math.min(ofSystem(root.resolve("proc/meminfo")), ofGroups(root));
  }

  private static long ofSystem(Path file) {
    return lines(file).stream()
        .filter(line -> line.startsWith("MemAvailable:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  private static long ofGroups(Path root) {
    long least = Long.MAX_VALUE;
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      // hierarchy:controllers:path; version 2 has no controllers.
      String[] parts = line.split(":", 3);
      Path mount = root.resolve("sys/fs/cgroup");
      if (parts.length == 3 && parts[1].isEmpty()) {
        least = Math.min(least, left(mount, parts[2], "memory.max", "memory.current"));
      } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
        Path memory = mount.resolve("memory");
        least =
            Math.min(
                least, left(memory, parts[2], "memory.limit_in_bytes", "memory.usage_in_bytes"));
      }
    }
    return least;
  }

  /** The least that is left of the limits of a group and those above it. */
  private static long left(Path mount, String group, String limitFile, String usageFile) {
    long least = Long.MAX_VALUE;
    // In a container the path may lead out of what is mounted, which is the own group then.
    Path named = mount.resolve(group.substring(1)).normalize();
    Path folder = named.startsWith(mount) ? named : mount;
    for (Path at = folder; at.startsWith(mount); at = at.getParent()) {
      OptionalLong limit = number(at.resolve(limitFile));
      OptionalLong usage = number(at.resolve(usageFile));
      if (limit.isPresent() && usage.isPresent()) {
        long used = usage.getAsLong() - cached(at.resolve("memory.stat"));
        least = Math.min(least, Math.max(0, limit.getAsLong() - used));
      }
    }
    return least;
  }

  /** Pages of files that are given up before anybody goes without. */
  private static long cached(Path statistics) {
    List<String> lines = lines(statistics);
    return lines.stream()
        .filter(line -> line.startsWith("total_inactive_file "))
        .findFirst()
        .or(() -> lines.stream().filter(line -> line.startsWith("inactive_file ")).findFirst())
        .map(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
        .orElse(0L);
  }

  private static OptionalLong number(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() || lines.get(0).equals(NO_LIMIT)
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(lines.get(0)));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      // What is not there sets no limit.
      return List.of();
    }
  }
}
