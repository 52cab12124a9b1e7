package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose gradients go through the double of NCCL, which adds as memory and the ring do. */
@Tag("process")
class NcclClusterTest {
  private static final Path DOUBLE = Path.of("../trainer/src/test/resources/nccl/double.c");
  private static final int TRAINERS = 3;
  private static final int STEPS = 150;
  private static final String SAID = "3 trainers sum gradients with NCCL 2.27.3";

  @TempDir static Path temp;
  private static Path images;
  private static Path library;
  private static ProcessRun.Kind withDriver;
  private static Path undisturbed;

  @BeforeAll
  static void build() throws Exception {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "cc"))),
        "no C compiler (cc) to build the double of NCCL with");
    library = temp.resolve("libnccl-double.so");
    ProcessCluster.run(
        "cc",
        "-O2",
        "-fPIC",
        "-shared",
        "-pthread",
        "-o",
        library.toString(),
        DOUBLE.toString(),
        "-lrt");
    // It is the GPU's driver as well.
    Files.createSymbolicLink(temp.resolve("libcuda.so.1"), library);
    ProcessRun.Kind plain = ProcessRun.Kind.PRETRAIN;
    withDriver = new ProcessRun.Kind(List.of("-Djna.library.path=" + temp), plain.main());
    images = ProcessRun.images(temp.resolve("images"));
    undisturbed = ProcessCluster.runUndisturbed(images, temp, STEPS, TRAINERS);
  }

  @Test
  void shouldHaveTheBitsOfTheSameRunInMemory() throws Exception {
    assertSummedByNccl(temp.resolve("one process"), undisturbed);
  }

  @Test
  void shouldHaveTheBitsOfTheSameRunInMemoryWhenRounding() throws Exception {
    String rounded = "optimization.reduction-precision=bf16";
    Path inMemory =
        ProcessCluster.runUndisturbed(
            images,
            Files.createDirectory(temp.resolve("rounded")),
            STEPS,
            TRAINERS,
            rounded,
            "cluster.collective=ring");
    assertSummedByNccl(temp.resolve("one process that rounds"), inMemory, rounded);
  }

  private static void assertSummedByNccl(Path out, Path undisturbed, String... more)
      throws Exception {
    Path log = out.resolveSibling(out.getFileName() + ".log");
    List<String> sets = new ArrayList<>(List.of(more));
    sets.add("cluster.trainers=" + TRAINERS);
    sets.add("cluster.collective=auto");
    sets.add("cluster.nccl-library=\"" + library + "\"");
    Process run = ProcessRun.start(withDriver, Map.of(), images, out, log, STEPS, sets);
    assertThat(run.waitFor(150, TimeUnit.SECONDS)).isTrue();
    assertThat(run.exitValue()).isZero();

    assertThat(Files.readString(log)).contains(SAID);
    assertThat(ProcessRun.tensors(out, STEPS)).isEqualTo(ProcessRun.tensors(undisturbed, STEPS));
    assertThat(ProcessRun.losses(out)).isEqualTo(ProcessRun.losses(undisturbed));
  }

  private static ProcessRun.Kind summingBy(ProcessRun.Kind kind, String collective) {
    List<String> main = new ArrayList<>(kind.main());
    main.addAll(List.of("--set", "cluster.collective=" + collective));
    return new ProcessRun.Kind(kind.jvm(), main);
  }

  /** Without the driver it has no NCCL, which its {@code auto} takes. */
  @Test
  void shouldRefuseTheNodeThatHasNoneWhereOthersTakeNothingElse() throws Exception {
    try (ProcessCluster cluster =
        new ProcessCluster(
            TRAINERS, images, temp, STEPS, "cluster.nccl-library=\"" + library + "\"")) {
      cluster.start(2, summingBy(ProcessRun.Kind.PRETRAIN, "auto"), Map.of());
      cluster.start(0, summingBy(withDriver, "nccl"), Map.of());
      cluster.expectEnd(2);
      assertThat(cluster.end(2)).as(cluster::logs).isEqualTo(2);
      assertThat(cluster.log(2))
          .contains(
              "cluster.collective = nccl on node node-0, which has NCCL 2.27.3; this node has no");

      cluster.start(1, summingBy(withDriver, "nccl"), Map.of());
      cluster.start(2, summingBy(withDriver, "auto"), Map.of());
      cluster.awaitDone();
      assertThat(cluster.log(0)).contains(SAID);
      cluster.assertSameBits(undisturbed);
    }
  }

  /** The double, like NCCL within a machine, never notices that a rank is gone. */
  @Test
  void shouldHaveThemBetweenProcessesOfWhichOneIsKilled() throws Exception {
    try (ProcessCluster cluster =
        new ProcessCluster(
            TRAINERS,
            images,
            temp,
            STEPS,
            "cluster.on-loss=wait",
            "cluster.collective=nccl",
            "cluster.nccl-library=\"" + library + "\"")) {
      for (int node = 0; node < TRAINERS; node++) {
        cluster.start(node, withDriver, Map.of());
      }
      cluster.awaitSteps(20);
      cluster.kill(2);
      cluster.start(2, withDriver, Map.of());
      cluster.awaitDone();

      assertThat(cluster.log(0)).contains(SAID);
      assertThat(ProcessRun.tensors(cluster.out(), STEPS))
          .isEqualTo(ProcessRun.tensors(undisturbed, STEPS));
      cluster.assertSameBits(undisturbed);
    }
  }
}
