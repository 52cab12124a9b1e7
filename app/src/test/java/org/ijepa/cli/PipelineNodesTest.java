package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.ijepa.local.LocalNodes;
import org.ijepa.local.LocalNodes.LocalNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that only decode: their help and their loss change no bit of a run. */
@Tag("process")
class PipelineNodesTest {
  /** More than are done while the nodes that decode start. */
  private static final int STEPS = 600;

  private static final long LIMIT_SECONDS = 150;
  private static final List<String> SETS = List.of("checkpoint.every-steps=500");

  @TempDir private Path temp;
  private Path shared;
  private Process cluster;

  @AfterEach
  void killAll() throws Exception {
    if (cluster != null) {
      cluster.destroyForcibly().waitFor();
      for (LocalNode node : LocalNodes.read(shared).nodes()) {
        ProcessHandle.of(node.pid()).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  private String log() {
    try {
      return Files.readString(temp.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void awaitLine(String line) {
    Awaitility.await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(log()).contains(line));
  }

  @Test
  void shouldEndWithTheSameBitsAsWithoutThem() throws Exception {
    Path images = ProcessRun.images(temp.resolve("images"));
    Files.write(images.resolve("broken.png"), new byte[] {1, 2, 3});
    Path alone = temp.resolve("alone");
    Process undisturbed = ProcessRun.start(images, alone, temp.resolve("alone.log"), STEPS, SETS);
    assertThat(undisturbed.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(undisturbed.exitValue()).isZero();

    shared = temp.resolve("shared");
    cluster =
        ProcessRun.start(
            List.of("cluster", "--nodes", "1", "--pipeline-nodes", "2"),
            images,
            shared,
            temp.resolve("log"),
            STEPS,
            SETS);
    awaitLine("decodes for this node from now on");
    LocalNode killed = null;
    for (int number = 1; number <= 2; number++) {
      LocalNode node = LocalNodes.read(shared).nodes().get(number);
      awaitLine("node at 127.0.0.1:" + node.port() + " decodes for this node from now on");
      killed = node;
    }
    ProcessHandle.of(killed.pid()).orElseThrow().destroyForcibly();

    assertThat(cluster.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as(this::log).isTrue();
    assertThat(cluster.exitValue()).as(this::log).isZero();
    assertThat(log())
        .contains("pipeline-1 | ended with 137")
        .containsPattern(
            "pipeline-0 \\| .*decoded [1-9][0-9,]* images \\(.* for a stream of node node-0");
    assertThat(ProcessRun.losses(shared)).isEqualTo(ProcessRun.losses(alone));
    assertThat(ProcessRun.entries(shared)).isEqualTo(ProcessRun.entries(alone));
    assertThat(ProcessRun.tensors(shared, STEPS)).isEqualTo(ProcessRun.tensors(alone, STEPS));
  }
}
