package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.ijepa.failure.ExitCode;
import org.ijepa.local.LocalNodes;
import org.ijepa.local.LocalNodes.LocalNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ijepa cluster}, its status, and {@code ijepa chaos} against it. */
@Tag("process")
class LocalClusterTest {
  private static final int NODES = 3;
  private static final int MANY_STEPS = 50_000;

  /** Steps that are compared; the storm begins long before the last of them. */
  private static final int COMPARED = 400;

  /** So that a storm, of which some nodes come back late, changes no bit. */
  private static final List<String> SETS = List.of("optimization.canonical-reduction=true");

  private static final long LIMIT_SECONDS = 300;

  /** With it five faults of five kinds are all others. */
  private static final int SEED_OF_EACH_ONCE = 57;

  /** With it a partition meets the node that leads, which founded the cluster. */
  private static final int SEED_OF_FIRST_NODE = 1;

  /** With it the first two nodes of five are met, the one that leads among them. */
  private static final int SEED_OF_FIRST_TWO = 3;

  @TempDir static Path common;
  private static Path images;
  private static Path undisturbed;

  @TempDir Path temp;
  private Path out;
  private Process cluster;

  @AfterEach
  void killAll() throws Exception {
    if (cluster != null) {
      cluster.destroyForcibly().waitFor();
      for (LocalNode node : LocalNodes.read(out).nodes()) {
        ProcessHandle.of(node.pid()).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  /** The same run on one node. */
  @BeforeAll
  static void runUndisturbed() throws Exception {
    images = ProcessRun.images(common.resolve("images"));
    undisturbed = common.resolve("undisturbed");
    Process alone =
        ProcessRun.start(images, undisturbed, common.resolve("alone.log"), MANY_STEPS, SETS);
    Awaitility.await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .until(() -> ProcessRun.committed(undisturbed) >= COMPARED || !alone.isAlive());
    alone.destroy();
    assertThat(alone.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  private void start(int nodes, String... options) throws Exception {
    out = temp.resolve("run");
    List<String> command =
        new ArrayList<>(List.of("cluster", "--restart", "--nodes", String.valueOf(nodes)));
    command.addAll(List.of(options));
    cluster = ProcessRun.start(command, images, out, temp.resolve("log"), MANY_STEPS, SETS);
    await(() -> assertThat(ProcessRun.committed(out)).isGreaterThan(10));
  }

  private String log() {
    try {
      return Files.readString(temp.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void await(ThrowingRunnable assertion) {
    Awaitility.await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              if (!cluster.isAlive()) {
                throw new IllegalStateException("the cluster ended: " + log());
              }
              assertion.run();
            });
  }

  /** Runs a command here; returns what it printed, and its exit code on a last line. */
  private static String ijepa(String... arguments) {
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text, true);
    int code = Main.run(writer, writer, arguments);
    return text.toString() + code;
  }

  private LocalNode node(int number) throws Exception {
    return LocalNodes.read(out).nodes().get(number);
  }

  private String chaos(String faults, int count, int seed) {
    List<String> command = new ArrayList<>(List.of("chaos", "--run", out.toString()));
    command.addAll(List.of("--every", "1s", "--faults", faults));
    command.addAll(List.of("--count", String.valueOf(count), "--seed", String.valueOf(seed)));
    command.addAll(List.of("--compare", undisturbed.toString()));
    return ijepa(command.toArray(String[]::new));
  }

  @Test
  void shouldRecoverFromStormWithTheSameBitsAndEndOnSigterm() throws Exception {
    start(NODES);
    String status = ijepa("cluster", "status", "--json", "--join", "127.0.0.1:" + node(1).port());
    JsonNode json = new ObjectMapper().readTree(status.substring(0, status.lastIndexOf('\n')));
    assertThat(json.at("/members/nodes")).hasSize(NODES);
    assertThat(json.at("/run/trainers")).hasSize(NODES);
    assertThat(json.at("/run/step").asLong()).isGreaterThan(10);
    assertThat(json.at("/run/events/0/text").asText()).isEqualTo("this node leads the run now");

    long pid = node(0).pid() + node(1).pid() + node(2).pid();
    String report = chaos("kill,leave,stop,slow,disk-full", 5, SEED_OF_EACH_ONCE);
    assertThat(report)
        .as(this::log)
        .contains("\nkill ", "\nleave ", "\nstop ", "\nslow ", "\ndisk-full ")
        .contains("ledger: proven", ", all the same")
        .endsWith("0");
    assertThat(log()).containsPattern("checkpoint step-\\S* failed: ");
    assertThat(node(0).pid() + node(1).pid() + node(2).pid()).isNotEqualTo(pid);
    assertThat(log()).contains("ended with 137 and is started again");

    cluster.toHandle().destroy();
    assertThat(cluster.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as(this::log).isTrue();
    assertThat(cluster.exitValue()).isEqualTo(ExitCode.INTERRUPTED.number());
    assertThat(LocalNodes.read(out).nodes()).noneMatch(LocalNode::runs);
    assertThat(log()).contains("no node is left to go on", "the same command goes on from there");
  }

  @Test
  void shouldGoOnWithTheMajorityAndTakeTheOthersBackAfterAPartition() throws Exception {
    start(NODES, "--relays");
    String report = chaos("partition", 1, SEED_OF_FIRST_NODE);
    assertThat(report)
        .as(this::log)
        .contains("partition node-0 after step ", "ledger: proven", ", all the same")
        .endsWith("0");
    assertThat(log()).contains("node-0 | ended with 5 and is started again");
  }

  @Test
  void shouldGoOnWhenTheNodeThatLeadsAndAnotherOfFiveAreKilledAtOnce() throws Exception {
    start(5);
    String report = chaos("kill-minority", 1, SEED_OF_FIRST_TWO);
    assertThat(report)
        .as(this::log)
        .contains("kill-minority node-0+node-1 after step ", "ledger: proven", ", all the same")
        .endsWith("0");
    assertThat(log())
        .contains("node-0 | ended with 137 and is started again")
        .contains("node-1 | ended with 137 and is started again");
  }
}
