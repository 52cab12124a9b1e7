package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ijepa.run.MetricsLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts in deploy/, with processes of this machine in place of others. */
final class DeployScriptsTest {
  private static final long LIMIT_SECONDS = 180;

  @TempDir Path folder;
  private final List<Process> started = new ArrayList<>();

  /** A folder with deploy/ and an {@code ijepa} that is ours to choose. */
  private Path home;

  private Path log;

  @BeforeEach
  void copyScripts() throws IOException {
    home = Files.createDirectories(folder.resolve("a project"));
    log = folder.resolve("log");
    try (Stream<Path> files = Files.walk(Path.of("..", "deploy"))) {
      for (Path file : files.toList()) {
        Path copy = home.resolve("deploy").resolve(Path.of("..", "deploy").relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  @AfterEach
  void killAll() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static Path script(Path file, String body) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/usr/bin/env bash\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process start(Map<String, String> environment, List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private int end(Process process) throws Exception {
    assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as(text()).isTrue();
    return process.exitValue();
  }

  private String text() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  private void awaitText(String expected) {
    await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(text()).contains(expected));
  }

  private List<String> keep(String body) throws IOException {
    return List.of("deploy/bin/keep", script(folder.resolve("node"), body).toString());
  }

  @Test
  void shouldEndWithTheNodeWhereARestartHelps() throws Exception {
    assertThat(end(start(Map.of(), keep("exit 5")))).isEqualTo(5);
    assertThat(end(start(Map.of(), keep("exit 137")))).isEqualTo(137);
  }

  @Test
  void shouldHoldANodeThatIsDoneUntilItIsStopped() throws Exception {
    Process process = start(Map.of("KEEP_SECONDS", "1"), keep("exit 2"));
    awaitText("the node ended with 2, which a restart does not change");
    assertThat(process.isAlive()).isTrue();
    process.destroy();
    assertThat(end(process)).isEqualTo(2);
  }

  @Test
  void shouldHandTheSignalOnAndWaitForTheCheckpoint() throws Exception {
    Process process =
        start(
            Map.of(),
            keep("trap 'echo saved; exit 5' TERM; echo ready; while :; do sleep 0.1; done"));
    awaitText("ready");
    process.destroy();
    assertThat(end(process)).isEqualTo(5);
    assertThat(text()).contains("saved");
  }

  @Test
  void shouldSayWhatSshNeeds() throws Exception {
    assertThat(end(start(Map.of(), List.of("deploy/ssh.sh", "nowhere.txt")))).isEqualTo(2);
    assertThat(text()).contains("ssh.sh: no file nowhere.txt that can be read");
    Path empty = Files.writeString(folder.resolve("empty.txt"), "# nobody\n");
    assertThat(end(start(Map.of(), List.of("deploy/ssh.sh", empty.toString())))).isEqualTo(2);
    assertThat(text()).contains("the file names no host");
    Path users = Files.writeString(folder.resolve("users"), "somebody@node1");
    assertThat(end(start(Map.of(), List.of("deploy/ssh.sh", users.toString())))).isEqualTo(2);
    assertThat(text()).contains("somebody@node1: a host alone is wanted");
  }

  @Test
  void shouldQueueAnInterruptedJobAgain() throws Exception {
    script(home.resolve("ijepa"), "echo \"ijepa $*, $SRUN_CPUS_PER_TASK cores\"; exit 5");
    assertThat(end(slurm(1, 2551, List.of("--out", "a b")))).isEqualTo(5);
    assertThat(text())
        .contains("ijepa pretrain --out a b --set cluster.host=127.0.0.1")
        .contains("cluster.seed-nodes=[\"127.0.0.1:2551\"], 8 cores")
        .contains("scontrol requeue 42");
  }

  @Test
  @Tag("process")
  void shouldTrainOnTwoNodesBySshAndGoOnAfterASignal() throws Exception {
    realProgram();
    int[] ports = ports(2);
    Path hosts =
        Files.writeString(
            folder.resolve("hosts"), "127.0.0.1:" + ports[0] + " # first\n\n127.0.0.1:" + ports[1]);
    Path out = folder.resolve("run");
    List<String> command =
        new ArrayList<>(List.of("deploy/ssh.sh", hosts.toString(), "--out", out.toString()));
    command.addAll(run(400));
    String local = script(folder.resolve("local"), "exec bash -c \"$2\"").toString();
    Process first = start(Map.of("IJEPA_SSH", local), command);
    await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(ProcessRun.committed(out)).as(text()).isGreaterThan(5));
    first.destroy();
    assertThat(end(first)).as(text()).isEqualTo(5);
    long reached = ProcessRun.committed(out);
    assertThat(reached).isBetween(6L, 399L);
    assertThat(text()).contains("[127.0.0.1:" + ports[0] + "] ");

    assertThat(end(start(Map.of("IJEPA_SSH", local), command))).as(text()).isZero();
    assertThat(MetricsLog.read(out.resolve("metrics.jsonl")))
        .hasSize(400)
        .allMatch(step -> step.worldSize() >= 1)
        .anyMatch(step -> step.step() > reached && step.worldSize() == 2);
  }

  @Test
  @Tag("process")
  void shouldTrainOnTwoNodesBySlurm() throws Exception {
    realProgram();
    Path out = folder.resolve("run");
    List<String> arguments = new ArrayList<>(List.of("--out", out.toString()));
    arguments.addAll(run(6));
    int code = -1;
    // Ports that follow one another may be taken by others.
    for (int attempt = 0; attempt < 3 && code != 0; attempt++) {
      code = end(slurm(2, ports(1)[0], arguments));
    }
    assertThat(code).as(text()).isZero();
    assertThat(MetricsLog.read(out.resolve("metrics.jsonl")))
        .hasSize(6)
        .allMatch(step -> step.worldSize() == 2);
  }

  /** {@code slurm.sbatch} as SLURM would start it, with so many tasks on this machine. */
  private Process slurm(int tasks, int port, List<String> arguments) throws IOException {
    Path bin = folder.resolve("bin");
    script(
        bin.resolve("scontrol"),
        "if [ \"$1\" = show ]; then echo 127.0.0.1; else echo \"scontrol $*\"; fi");
    script(
        bin.resolve("srun"),
        """
        shift
        pids=()
        for ((i = 0; i < SLURM_NTASKS; i++)); do
          SLURM_PROCID=$i SLURM_LOCALID=$i SLURMD_NODENAME=127.0.0.1 "$@" &
          pids+=("$!")
        done
        trap 'kill -TERM "${pids[@]}"' TERM
        code=0
        for pid in "${pids[@]}"; do wait "$pid" || code=$?; done
        exit "$code"
        """);
    List<String> command = new ArrayList<>(List.of("bash", "deploy/slurm.sbatch"));
    command.addAll(arguments);
    return start(
        Map.of(
            "PATH",
            bin + ":" + System.getenv("PATH"),
            "SLURM_SUBMIT_DIR",
            home.toString(),
            "SLURM_JOB_NODELIST",
            "here",
            "SLURM_JOB_ID",
            "42",
            "SLURM_CPUS_PER_TASK",
            "8",
            "SLURM_NTASKS",
            String.valueOf(tasks),
            "IJEPA_PORT",
            String.valueOf(port)),
        command);
  }

  private void realProgram() throws IOException {
    script(
        home.resolve("ijepa"),
        "OMP_WAIT_POLICY=PASSIVE exec '"
            + Path.of(System.getProperty("java.home"), "bin", "java")
            + "' "
            + String.join(" ", ProcessRun.SHORT_LIVED)
            + " -cp '"
            + System.getProperty("java.class.path")
            + "' "
            + Main.class.getName()
            + " \"$@\"");
  }

  private List<String> run(int steps) throws IOException {
    return ProcessRun.settings(ProcessRun.images(folder.resolve("images")), steps);
  }

  private static int[] ports(int count) throws IOException {
    int[] ports = new int[count];
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      ports[i] = held.get(i).getLocalPort();
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return ports;
  }
}
