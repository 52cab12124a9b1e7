package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.core.ThrowingRunnable;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerVerifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes, each a process, that are killed and stopped; the first one leads at first. */
@Tag("process")
class ClusterKillTest {
  private static final int NODES = 3;
  private static final int STEPS = 110;

  /** More than are done while a node starts. */
  private static final int MANY_STEPS = 20_000;

  private static final long TICK_MILLIS = 20;
  private static final long LIMIT_SECONDS = 150;

  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path images;
  private static Path undisturbed;

  private final List<Integer> ports = new ArrayList<>();
  private final Process[] nodes = new Process[NODES];

  /** Processes whose end the test itself has asked for. */
  private final Set<Process> toldToEnd = new HashSet<>();

  /** One process with as many trainers: nodes add in the same order. */
  @BeforeAll
  static void runUndisturbed() throws Exception {
    images = ProcessRun.images(shared.resolve("images"));
    undisturbed = shared.resolve("undisturbed");
    Process alone =
        ProcessRun.start(
            images,
            undisturbed,
            shared.resolve("undisturbed.log"),
            STEPS,
            List.of("cluster.trainers=" + NODES));
    assertThat(alone.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(alone.exitValue()).isZero();
  }

  @BeforeEach
  void choosePorts() throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      ports.add(socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
  }

  @AfterEach
  void killAll() {
    for (Process node : nodes) {
      if (node != null) {
        node.destroyForcibly();
      }
    }
  }

  private void start(int node, Path out, String onLoss) throws IOException {
    start(node, out, onLoss, STEPS);
  }

  private void start(int node, Path out, String onLoss, int steps) throws IOException {
    String seeds =
        ports.stream().map(port -> "\"127.0.0.1:" + port + "\"").collect(Collectors.joining(","));
    nodes[node] =
        ProcessRun.start(
            images,
            out,
            temp.resolve("node-" + node + ".log"),
            steps,
            List.of(
                "cluster.node-name=node-" + node,
                "cluster.port=" + ports.get(node),
                "cluster.seed-nodes=[" + seeds + "]",
                "cluster.min-trainers=" + NODES,
                "cluster.on-loss=" + onLoss));
  }

  private void startAll(Path out, String onLoss) throws IOException {
    for (int node = 0; node < NODES; node++) {
      start(node, out, onLoss);
    }
  }

  private void kill(int node) throws InterruptedException {
    toldToEnd.add(nodes[node]);
    nodes[node].destroyForcibly().waitFor();
  }

  private void terminate(int node) {
    toldToEnd.add(nodes[node]);
    nodes[node].destroy();
  }

  private static void signal(Process process, String name) throws Exception {
    int code =
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    assertThat(code).isZero();
  }

  /** Waits until so many steps are committed; returns the seconds that took. */
  private double awaitSteps(Path out, long steps) {
    long started = System.nanoTime();
    untilAsserted(
        () -> {
          failWhereOneFailed();
          assertThat(ProcessRun.committed(out)).as(this::logs).isGreaterThanOrEqualTo(steps);
        });
    return (System.nanoTime() - started) * 1e-9;
  }

  /** What Awaitility does not take for an assertion that may hold later. */
  private void failWhereOneFailed() {
    for (Process node : nodes) {
      if (node != null && !toldToEnd.contains(node) && !node.isAlive() && node.exitValue() != 0) {
        throw new IllegalStateException("a node ended with " + node.exitValue() + logs());
      }
    }
  }

  private static void untilAsserted(ThrowingRunnable assertion) {
    await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .pollInterval(TICK_MILLIS, TimeUnit.MILLISECONDS)
        .untilAsserted(assertion);
  }

  private int end(int node) throws Exception {
    assertThat(nodes[node].waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as(this::logs).isTrue();
    return nodes[node].exitValue();
  }

  private String logs() {
    StringBuilder text = new StringBuilder();
    for (int node = 0; node < NODES; node++) {
      try {
        text.append("\n--- node ").append(node).append('\n');
        text.append(Files.readString(temp.resolve("node-" + node + ".log")));
      } catch (IOException e) {
        text.append(e);
      }
    }
    return text.toString();
  }

  private static void report(String what, double seconds) {
    System.out.printf("%s: training again after %.1f s%n", what, seconds);
  }

  private static void assertExactLedger(Path out) throws IOException {
    LedgerContents contents = LedgerFile.read(out.resolve("ledger.jsonl"));
    assertThat(contents.entries()).hasSize(STEPS);
    assertThat(LedgerVerifier.verify(contents.header(), contents.entries()).isIntact()).isTrue();
  }

  private void assertSameCurve(Path out) throws IOException {
    List<Double> losses = ProcessRun.losses(out);
    List<Double> expected = ProcessRun.losses(undisturbed);
    assertThat(losses).hasSize(STEPS);
    for (int i = 0; i < STEPS; i++) {
      assertThat(losses.get(i)).isCloseTo(expected.get(i), within(1e-3 * expected.get(i)));
    }
  }

  @Test
  void shouldEndWithTheSameBitsWhenKilledNodesComeBack() throws Exception {
    Path out = temp.resolve("run");
    startAll(out, "wait");
    awaitSteps(out, 20);
    kill(2);
    start(2, out, "wait");
    long reached = ProcessRun.committed(out);
    report("a trainer's node killed and started again", awaitSteps(out, reached + 2));

    awaitSteps(out, 50);
    kill(0);
    start(0, out, "wait");
    reached = ProcessRun.committed(out);
    report("the coordinator's node killed and started again", awaitSteps(out, reached + 2));

    awaitSteps(out, 80);
    for (int node = 0; node < NODES; node++) {
      kill(node);
    }
    reached = ProcessRun.committed(out);
    startAll(out, "wait");
    report("all nodes killed and started again", awaitSteps(out, reached + 2));

    for (int node = 0; node < NODES; node++) {
      assertThat(end(node)).as(this::logs).isZero();
    }
    assertThat(ProcessRun.losses(out)).isEqualTo(ProcessRun.losses(undisturbed));
    assertThat(ProcessRun.tensors(out, STEPS)).isEqualTo(ProcessRun.tensors(undisturbed, STEPS));
    assertThat(ProcessRun.entries(out)).isEqualTo(ProcessRun.entries(undisturbed));
    assertExactLedger(out);
  }

  @Test
  void shouldTrainOnWithFewerWhenCoordinatorsNodeIsKilled() throws Exception {
    Path out = temp.resolve("run");
    startAll(out, "continue");
    awaitSteps(out, 20);
    kill(0);
    long reached = ProcessRun.committed(out);
    report("the coordinator's node killed", awaitSteps(out, reached + 2));

    assertThat(end(1)).as(this::logs).isZero();
    assertThat(end(2)).as(this::logs).isZero();
    assertSameCurve(out);
    assertExactLedger(out);
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("<td>the coordinator was lost</td>");
  }

  @Test
  void shouldGoOnWithoutNodeThatSleepsAndEndItWhenItWakes() throws Exception {
    Path out = temp.resolve("run");
    startAll(out, "continue");
    awaitSteps(out, 20);
    signal(nodes[0], "STOP");
    long reached = ProcessRun.committed(out);
    report("the coordinator's node stopped", awaitSteps(out, reached + 3));
    signal(nodes[0], "CONT");

    assertThat(end(0)).as(this::logs).isEqualTo(5);
    assertThat(Files.readString(temp.resolve("node-0.log"))).contains("was removed from the run");
    assertThat(end(1)).as(this::logs).isZero();
    assertThat(end(2)).as(this::logs).isZero();
    assertSameCurve(out);
    assertExactLedger(out);
  }

  @Test
  void shouldLetNodesLeaveAndComeBack() throws Exception {
    Path out = temp.resolve("run");
    for (int node = 0; node < NODES; node++) {
      start(node, out, "continue", MANY_STEPS);
    }
    awaitSteps(out, 20);
    terminate(0);
    long reached = ProcessRun.committed(out);
    report("the coordinator's node left on SIGTERM", awaitSteps(out, reached + 3));
    assertThat(end(0)).as(this::logs).isEqualTo(5);
    assertThat(Files.readString(temp.resolve("node-0.log"))).contains("has left the run");

    start(0, out, "continue", MANY_STEPS);
    awaitLine("2 trainers");
    awaitLine("3 trainers");
    for (int node = 0; node < NODES; node++) {
      terminate(node);
      assertThat(end(node)).as(this::logs).isEqualTo(5);
    }
    LedgerContents contents = LedgerFile.read(out.resolve("ledger.jsonl"));
    assertThat(LedgerVerifier.verify(contents.header(), contents.entries()).isIntact()).isTrue();
    assertThat(contents.entries()).hasSize(ProcessRun.losses(out).size());
  }

  @Test
  void shouldSaveLastStepWhenAllAreToldToStopAtOnceAndGoOn() throws Exception {
    Path out = temp.resolve("run");
    startAll(out, "continue");
    awaitSteps(out, 20);
    for (int node = 0; node < NODES; node++) {
      terminate(node);
    }
    for (int node = 0; node < NODES; node++) {
      assertThat(end(node)).as(this::logs).isEqualTo(5);
    }
    long reached = ProcessRun.committed(out);
    assertThat(reached).isBetween(20L, STEPS - 1L);
    assertThat(ProcessRun.tensors(out, (int) reached)).as(this::logs).isNotEmpty();

    startAll(out, "continue");
    awaitSteps(out, STEPS);
    for (int node = 0; node < NODES; node++) {
      assertThat(end(node)).as(this::logs).isZero();
    }
    assertThat(logs()).contains("step " + reached + " from ");
    // Fewer add up in another order, should a signal have come too late to be gathered.
    assertSameCurve(out);
    assertExactLedger(out);
  }

  /** Waits until a node other than the first, which led before, says so. */
  private void awaitLine(String part) {
    untilAsserted(
        () ->
            assertThat(
                    Files.readString(temp.resolve("node-1.log"))
                        + "\n"
                        + Files.readString(temp.resolve("node-2.log")))
                .as(this::logs)
                .contains(part));
  }
}
