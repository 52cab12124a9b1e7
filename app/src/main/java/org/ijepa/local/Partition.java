package org.ijepa.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.ijepa.file.Replacement;

/**
 * Some nodes of a run on this machine cannot reach the others, nor these them, for a while; stands
 * in the run folder as {@code partition.json}, where the relays between the nodes look for it.
 *
 * @param hosts addresses of the nodes that are cut off; together they are not
 * @param untilMillis end of it, in milliseconds since 1970
 */
public record Partition(Set<String> hosts, long untilMillis) {
  /** Nobody is cut off. */
  static final Partition NONE = new Partition(Set.of(), 0);

  private static final ObjectMapper JSON = new ObjectMapper();

  public Partition {
    hosts = Set.copyOf(hosts);
  }

  private static Path file(Path run) {
    return run.resolve("partition.json");
  }

  /** The one that was begun last; that may be over. */
  static Partition read(Path run) throws IOException {
    return Files.exists(file(run))
        ? JSON.readValue(Files.readAllBytes(file(run)), Partition.class)
        : NONE;
  }

  /** Begins it: relays find it within a tenth of a second. */
  public void write(Path run) throws IOException {
    Replacement.of(file(run), JSON.writeValueAsBytes(this));
  }

  /** Whether nothing gets from one host to the other now. */
  boolean isBetween(String one, String other, long millis) {
    return millis < untilMillis && hosts.contains(one) != hosts.contains(other);
  }
}
