package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.core.ThrowingRunnable;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerVerifier;

/** The nodes of a small run, each a process with a trainer and a way to the others. */
final class ProcessCluster implements AutoCloseable {
  private static final long TICK_MILLIS = 20;
  private static final long LIMIT_SECONDS = 300;

  private final Path images;
  private final Path folder;
  private final int steps;
  private final List<String> sets;
  private final List<Integer> ports = new ArrayList<>();
  private final Process[] nodes;

  /** Bound to the ports without listening: nobody is given one that does not ask for it. */
  private final List<Socket> held = new ArrayList<>();

  /** Processes whose end the test itself has asked for. */
  private final Set<Process> toldToEnd = new HashSet<>();

  /**
   * Nothing runs yet.
   *
   * @param folder for the run and the nodes' logs
   * @param sets settings of all nodes, over those that are set here
   */
  ProcessCluster(int count, Path images, Path folder, int steps, String... sets)
      throws IOException {
    this.images = images;
    this.folder = folder;
    this.steps = steps;
    this.sets = List.of(sets);
    nodes = new Process[count];
    for (int i = 0; i < count; i++) {
      Socket socket = new Socket();
      held.add(socket);
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      ports.add(socket.getLocalPort());
    }
  }

  /** The same run in one process, whose trainers add in the same order; returns its folder. */
  static Path runUndisturbed(Path images, Path folder, int steps, int trainers, String... more)
      throws Exception {
    List<String> sets = new ArrayList<>(List.of(more));
    sets.add("cluster.trainers=" + trainers);
    Path out = folder.resolve("undisturbed");
    Process alone = ProcessRun.start(images, out, folder.resolve("undisturbed.log"), steps, sets);
    assertThat(alone.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(alone.exitValue()).isZero();
    return out;
  }

  /** The run folder of all. */
  Path out() {
    return folder.resolve("run");
  }

  int port(int node) {
    return ports.get(node);
  }

  long pid(int node) {
    return nodes[node].pid();
  }

  boolean isAlive(int node) {
    return nodes[node].isAlive();
  }

  /** Starts a node. */
  void start(int node) throws IOException {
    start(node, ProcessRun.Kind.PRETRAIN, Map.of());
  }

  /** Starts a node as a process of another kind, or with other surroundings. */
  void start(int node, ProcessRun.Kind kind, Map<String, String> environment) throws IOException {
    String seeds =
        ports.stream().map(port -> "\"127.0.0.1:" + port + "\"").collect(Collectors.joining(","));
    List<String> all =
        new ArrayList<>(
            List.of(
                "cluster.node-name=node-" + node,
                "cluster.port=" + ports.get(node),
                "cluster.seed-nodes=[" + seeds + "]",
                "cluster.min-trainers=" + nodes.length));
    all.addAll(sets);
    nodes[node] = ProcessRun.start(kind, environment, images, out(), logFile(node), steps, all);
  }

  /** Starts all nodes. */
  void startAll() throws IOException {
    for (int node = 0; node < nodes.length; node++) {
      start(node);
    }
  }

  void kill(int node) throws InterruptedException {
    toldToEnd.add(nodes[node]);
    nodes[node].destroyForcibly().waitFor();
  }

  void terminate(int node) {
    expectEnd(node);
    nodes[node].destroy();
  }

  /** A node will end by what the test does to it. */
  void expectEnd(int node) {
    toldToEnd.add(nodes[node]);
  }

  void signal(int node, String name) throws Exception {
    run("kill", "-" + name, String.valueOf(pid(node)));
  }

  static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** Waits until so many steps are committed; returns the seconds that took. */
  double awaitSteps(long count) {
    long started = System.nanoTime();
    untilAsserted(
        () -> assertThat(ProcessRun.committed(out())).as(this::logs).isGreaterThanOrEqualTo(count));
    return (System.nanoTime() - started) * 1e-9;
  }

  /** Waits, as long as no node fails. */
  void untilAsserted(ThrowingRunnable assertion) {
    await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .pollInterval(TICK_MILLIS, TimeUnit.MILLISECONDS)
        .untilAsserted(
            () -> {
              failWhereOneFailed();
              assertion.run();
            });
  }

  /** What Awaitility does not take for an assertion that may hold later. */
  private void failWhereOneFailed() {
    for (Process node : nodes) {
      if (node != null && !toldToEnd.contains(node) && !node.isAlive() && node.exitValue() != 0) {
        throw new IllegalStateException("a node ended with " + node.exitValue() + logs());
      }
    }
  }

  /** Waits for a node's end; returns its exit code. */
  int end(int node) throws InterruptedException {
    assertThat(nodes[node].waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as(this::logs).isTrue();
    return nodes[node].exitValue();
  }

  /** Waits until all nodes have ended, the run done. */
  void awaitDone() throws InterruptedException {
    for (int node = 0; node < nodes.length; node++) {
      assertThat(end(node)).as(this::logs).isZero();
    }
  }

  private Path logFile(int node) {
    return folder.resolve("node-" + node + ".log");
  }

  /** What a node has printed. */
  String log(int node) throws IOException {
    return Files.readString(logFile(node));
  }

  /** What all have printed. */
  String logs() {
    StringBuilder text = new StringBuilder();
    for (int node = 0; node < nodes.length; node++) {
      try {
        text.append("\n--- node ").append(node).append('\n').append(log(node));
      } catch (IOException e) {
        text.append(e);
      }
    }
    return text.toString();
  }

  void assertExactLedger() throws IOException {
    LedgerContents contents = LedgerFile.read(out().resolve("ledger.jsonl"));
    assertThat(contents.entries()).hasSize(steps);
    assertThat(LedgerVerifier.verify(contents.header(), contents.entries()).isIntact()).isTrue();
  }

  /** The same losses, up to the order of additions, and a ledger that is proven. */
  void assertSameCurve(Path undisturbed) throws IOException {
    List<Double> losses = ProcessRun.losses(out());
    List<Double> expected = ProcessRun.losses(undisturbed);
    assertThat(losses).hasSize(steps);
    for (int i = 0; i < steps; i++) {
      assertThat(losses.get(i)).isCloseTo(expected.get(i), within(1e-3 * expected.get(i)));
    }
    assertExactLedger();
  }

  /** The same losses and ledger to the bit. */
  void assertSameBits(Path undisturbed) throws IOException {
    assertThat(ProcessRun.losses(out())).isEqualTo(ProcessRun.losses(undisturbed));
    // What was taken back, to be decided anew, stands there as well, and is void.
    assertThat(LedgerFile.read(out().resolve("ledger.jsonl")).entries())
        .isEqualTo(LedgerFile.read(undisturbed.resolve("ledger.jsonl")).entries());
    assertExactLedger();
  }

  @Override
  public void close() throws IOException {
    for (Process node : nodes) {
      if (node != null) {
        node.destroyForcibly();
      }
    }
    for (Socket socket : held) {
      socket.close();
    }
  }
}
