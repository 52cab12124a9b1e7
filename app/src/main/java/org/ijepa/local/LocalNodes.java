package org.ijepa.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.file.Replacement;

/**
 * Which nodes of a run are on this machine; stands in the run folder as {@code nodes.json}.
 *
 * @param restarts whether a node that is killed is started again
 * @param relays whether nodes reach each other through relays, which a {@link Partition} stops
 */
public record LocalNodes(boolean restarts, boolean relays, List<LocalNode> nodes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A node.
   *
   * @param port that others reach its remoting at
   * @param pid of its process; 0: none now
   * @param decodes whether it does nothing but decode for the others
   */
  public record LocalNode(String name, String host, int port, long pid, boolean decodes) {
    /** Whether its process runs. */
    public boolean runs() {
      return pid != 0 && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    LocalNode withPid(long other) {
      return new LocalNode(name, host, port, other, decodes);
    }
  }

  public LocalNodes {
    nodes = List.copyOf(nodes);
  }

  /** Those that lead and train. */
  public List<LocalNode> voters() {
    return nodes.stream().filter(node -> !node.decodes()).toList();
  }

  LocalNodes withPid(int node, long pid) {
    List<LocalNode> changed = new ArrayList<>(nodes);
    changed.set(node, nodes.get(node).withPid(pid));
    return new LocalNodes(restarts, relays, changed);
  }

  private static Path file(Path run) {
    return run.resolve("nodes.json");
  }

  /**
   * Reads what {@code ijepa cluster} wrote.
   *
   * @throws Failure if the run was not started that way
   */
  public static LocalNodes read(Path run) throws IOException {
    if (!Files.exists(file(run))) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          run + " has no nodes.json",
          "start the run with ijepa cluster --nodes N --out " + run);
    }
    return JSON.readValue(Files.readAllBytes(file(run)), LocalNodes.class);
  }

  void write(Path run) throws IOException {
    byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    Replacement.of(file(run), bytes);
  }
}
