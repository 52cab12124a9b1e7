package org.ijepa.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.local.LocalNodes.LocalNode;
import org.ijepa.run.RunFolder;

/**
 * Runs the nodes of one cluster, each a process of its own on a loopback port. What they print
 * comes out with their names before it; which process is which stands in the run folder. With
 * relays, each node has a loopback address of its own, and others reach it through {@link Relays}.
 */
public final class LocalCluster {
  private static final String HOST = "127.0.0.1";

  /** A node that ends so often without having lived so long is not started again. */
  private static final int MOST_SHORT_LIVES = 5;

  private static final long SHORT_LIFE_NANOS = 20_000_000_000L;

  private static final long RESTART_MILLIS = 1000;

  /** Exit codes from here on are the system's: it has killed the process. */
  private static final int KILLED = 128;

  private final Layout layout;
  private final Path run;
  private final List<String> arguments;
  private final InstantSource clock;
  private final Consumer<String> lines;
  private final Process[] processes;

  /** Settings of each node that say who and where it is. */
  private final List<List<String>> places = new ArrayList<>();

  private LocalNodes known;
  private boolean stopping;
  private boolean done;
  private int lastCode = ExitCode.INTERRUPTED.number();

  /**
   * Which nodes there are.
   *
   * @param nodes that lead and train
   * @param decoders that only decode for them
   * @param relays whether nodes reach each other through relays
   * @param restarts whether to start nodes again that were killed or removed from the cluster
   */
  public record Layout(int nodes, int decoders, boolean relays, boolean restarts) {
    private int all() {
      return nodes + decoders;
    }

    private String name(int node) {
      return node < nodes ? "node-" + node : "pipeline-" + (node - nodes);
    }
  }

  /**
   * Nothing runs yet.
   *
   * @param run folder of the run, for all nodes
   * @param arguments of {@code ijepa pretrain}; where and who a node is, is added
   * @param clock that {@link Partition}s end by
   * @param lines hears what the nodes print, on several threads, one at a time
   */
  public LocalCluster(
      Layout layout,
      Path run,
      List<String> arguments,
      InstantSource clock,
      Consumer<String> lines) {
    this.layout = layout;
    this.run = run;
    this.arguments = List.copyOf(arguments);
    this.clock = clock;
    this.lines = lines;
    processes = new Process[layout.all()];
  }

  /** Runs all nodes until the last has ended; returns 0 if the run is done, else its exit code. */
  public int run() throws IOException, InterruptedException {
    RunFolder.create(run);
    try (Relays relays = new Relays(run, clock, line -> say("relays", line))) {
      List<LocalNode> nodes = layout.relays() ? relayed(relays) : onFreePorts();
      known = new LocalNodes(layout.restarts(), layout.relays(), nodes);
      known.write(run);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < processes.length; i++) {
        int node = i;
        Thread thread = new Thread(() -> attend(node), layout.name(node));
        thread.start();
        threads.add(thread);
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    synchronized (this) {
      return done ? ExitCode.DONE.number() : lastCode;
    }
  }

  private List<LocalNode> onFreePorts() throws IOException {
    List<LocalNode> nodes = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < layout.all(); i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        nodes.add(node(i, HOST, held.get(i).getLocalPort()));
        places.add(
            List.of("ring-port=0", "listen.host=\"\"", "listen.port=0", "listen.ring-port=0"));
      }
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
    return nodes;
  }

  /** Nodes with relays before their ports for messages and for gradients. */
  private List<LocalNode> relayed(Relays relays) throws IOException {
    List<LocalNode> nodes = new ArrayList<>();
    for (int i = 0; i < layout.all(); i++) {
      String host = "127.0.0." + (2 + i);
      InetAddress address = InetAddress.getByName(host);
      // Held until the relays listen, which else might be given the very ports.
      try (ServerSocket messages = new ServerSocket(0, 1, address);
          ServerSocket gradients = new ServerSocket(0, 1, address)) {
        nodes.add(node(i, host, relays.open(host, messages.getLocalPort())));
        places.add(
            List.of(
                "ring-port=" + relays.open(host, gradients.getLocalPort()),
                "listen.host=\"" + host + "\"",
                "listen.port=" + messages.getLocalPort(),
                "listen.ring-port=" + gradients.getLocalPort(),
                // NCCL would find ways of its own.
                "collective=ring"));
      } catch (BindException e) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "relays cannot listen on " + host + ": " + e.getMessage(),
            "give this system addresses from 127.0.0.2 on, as Linux has them, or leave out --relays",
            e);
      }
    }
    return nodes;
  }

  private LocalNode node(int node, String host, int port) {
    return new LocalNode(layout.name(node), host, port, 0, node >= layout.nodes());
  }

  /** Tells all nodes to stop: they end the run together, with a checkpoint. */
  public synchronized void requestStop() {
    stopping = true;
    for (Process process : processes) {
      if (process != null) {
        // Process.destroy would close the stream that its last words come through.
        process.toHandle().destroy();
      }
    }
  }

  /** One node's life, and the next where it is started again. */
  private void attend(int node) {
    int shortLives = 0;
    try {
      while (begin(node)) {
        long began = System.nanoTime();
        pump(node);
        int code = processes[node].waitFor();
        shortLives = System.nanoTime() - began < SHORT_LIFE_NANOS ? shortLives + 1 : 0;
        if (!ended(node, code) || shortLives > MOST_SHORT_LIVES) {
          return;
        }
        Thread.sleep(RESTART_MILLIS);
      }
    } catch (IOException | UncheckedIOException e) {
      say(layout.name(node), "cannot be started: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean begin(int node) throws IOException {
    if (stopping || done) {
      return false;
    }
    ProcessBuilder builder = new ProcessBuilder(command(node)).redirectErrorStream(true);
    processes[node] = builder.start();
    processes[node].getOutputStream().close();
    setPid(node, processes[node].pid());
    return true;
  }

  private void setPid(int node, long pid) throws IOException {
    known = known.withPid(node, pid);
    known.write(run);
  }

  private void pump(int node) throws IOException {
    try (BufferedReader reader = processes[node].inputReader()) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        say(layout.name(node), line);
      }
    }
  }

  private synchronized void say(String name, String line) {
    lines.accept(name + " | " + line);
  }

  /** Takes note of the end of a process; whether it is to be started again. */
  private synchronized boolean ended(int node, int code) throws IOException {
    setPid(node, 0);
    lastCode = code;
    done |= code == ExitCode.DONE.number();
    boolean lost = code >= KILLED || code == ExitCode.INTERRUPTED.number();
    boolean again = layout.restarts() && lost && !stopping && !done;
    say(layout.name(node), "ended with " + code + (again ? " and is started again" : ""));
    return again;
  }

  private List<String> command(int node) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Those of this process, but what it prints is not what they print.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-Dijepa.") && !option.startsWith("-agentlib"))
        .forEach(command::add);
    command.add("-XX:MaxRAMPercentage=" + Math.max(2, 50 / processes.length));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(arguments);
    String seeds =
        known.voters().stream()
            .map(other -> "\"" + other.host() + ":" + other.port() + "\"")
            .collect(Collectors.joining(",", "[", "]"));
    LocalNode self = known.nodes().get(node);
    List<String> sets =
        new ArrayList<>(
            List.of(
                "node-name=" + self.name(),
                "host=\"" + self.host() + "\"",
                "port=" + self.port(),
                "seed-nodes=" + seeds));
    sets.addAll(places.get(node));
    if (self.decodes()) {
      sets.add("roles=[pipeline]");
    }
    sets.forEach(set -> command.addAll(List.of("--set", "cluster." + set)));
    return command;
  }
}
