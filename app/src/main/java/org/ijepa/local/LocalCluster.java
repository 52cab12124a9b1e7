package org.ijepa.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.local.LocalNodes.LocalNode;

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

  private final Path run;
  private final List<String> arguments;
  private final Consumer<String> lines;
  private final int nodes;
  private final Optional<Relays> relays;

  /** Settings of each node that has relays before it. */
  private final List<List<String>> listening = new ArrayList<>();

  private final Process[] processes;
  private LocalNodes known;
  private boolean stopping;
  private boolean done;
  private int lastCode = ExitCode.INTERRUPTED.number();

  /**
   * Nothing runs yet.
   *
   * @param nodes that lead and train
   * @param decoders that only decode for them
   * @param run folder of the run, for all nodes
   * @param arguments of {@code ijepa pretrain}; where and who a node is, is added
   * @param relays whether nodes reach each other through relays
   * @param restart whether to start nodes again that were killed or removed from the cluster
   * @param lines hears what the nodes print, on several threads, one at a time
   */
  public LocalCluster(
      int nodes,
      int decoders,
      Path run,
      List<String> arguments,
      boolean relays,
      boolean restart,
      Consumer<String> lines)
      throws IOException {
    this.run = run;
    this.arguments = List.copyOf(arguments);
    this.lines = lines;
    this.nodes = nodes;
    processes = new Process[nodes + decoders];
    this.relays = relays ? Optional.of(new Relays(run, Clock.systemUTC())) : Optional.empty();
    List<LocalNode> all = new ArrayList<>();
    List<Integer> ports = relays ? List.of() : freePorts(HOST, nodes + decoders);
    for (int i = 0; i < nodes + decoders; i++) {
      String name = i < nodes ? "node-" + i : "pipeline-" + (i - nodes);
      all.add(
          relays
              ? relayed(name, "127.0.0." + (2 + i))
              : new LocalNode(name, HOST, ports.get(i), 0));
    }
    known = new LocalNodes(restart, relays, all);
  }

  /** A node with relays before its ports for messages and for gradients. */
  private LocalNode relayed(String name, String host) throws IOException {
    List<Integer> own;
    int messages;
    int gradients;
    try {
      own = freePorts(host, 2);
      messages = relays.orElseThrow().open(host, own.get(0));
      gradients = relays.orElseThrow().open(host, own.get(1));
    } catch (BindException e) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "relays need loopback addresses from 127.0.0.2 on, which this system does not have: "
              + e.getMessage(),
          "give it some (ifconfig lo0 alias " + host + "), or leave out --relays",
          e);
    }
    listening.add(
        List.of(
            "cluster.ring-port=" + gradients,
            "cluster.listen.host=\"" + host + "\"",
            "cluster.listen.port=" + own.get(0),
            "cluster.listen.ring-port=" + own.get(1)));
    return new LocalNode(name, host, messages, 0);
  }

  private static List<Integer> freePorts(String host, int count) throws IOException {
    InetAddress address = InetAddress.getByName(host);
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, address));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  /** Runs all nodes until the last has ended; returns 0 if the run is done, else its exit code. */
  public int run() throws IOException, InterruptedException {
    Files.createDirectories(run);
    known.write(run);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < processes.length; i++) {
      int node = i;
      Thread thread = new Thread(() -> attend(node), name(node));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (relays.isPresent()) {
      relays.get().close();
    }
    synchronized (this) {
      return done ? ExitCode.DONE.number() : lastCode;
    }
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

  private String name(int node) {
    return known.nodes().get(node).name();
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
      say(node, "cannot be started: " + e.getMessage());
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
    List<LocalNode> nodes = new ArrayList<>(known.nodes());
    nodes.set(node, nodes.get(node).withPid(pid));
    known = new LocalNodes(known.restarts(), known.relays(), nodes);
    known.write(run);
  }

  private void pump(int node) throws IOException {
    try (BufferedReader reader = processes[node].inputReader()) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        say(node, line);
      }
    }
  }

  private synchronized void say(int node, String line) {
    lines.accept(name(node) + " | " + line);
  }

  /** Takes note of the end of a process; whether it is to be started again. */
  private synchronized boolean ended(int node, int code) throws IOException {
    setPid(node, 0);
    lastCode = code;
    done |= code == ExitCode.DONE.number();
    boolean lost = code >= KILLED || code == ExitCode.INTERRUPTED.number();
    boolean again = known.restarts() && lost && !stopping && !done;
    say(node, "ended with " + code + (again ? " and is started again" : ""));
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
        known.nodes().stream()
            .limit(nodes)
            .map(other -> "\"" + other.host() + ":" + other.port() + "\"")
            .collect(Collectors.joining(",", "[", "]"));
    LocalNode self = known.nodes().get(node);
    List<String> sets =
        new ArrayList<>(
            List.of(
                "cluster.node-name=" + self.name(),
                "cluster.host=\"" + self.host() + "\"",
                "cluster.port=" + self.port(),
                "cluster.seed-nodes=" + seeds));
    if (known.relays()) {
      sets.addAll(listening.get(node));
    }
    if (node >= nodes) {
      sets.add("cluster.roles=[pipeline]");
    }
    sets.forEach(set -> command.addAll(List.of("--set", set)));
    return command;
  }
}
