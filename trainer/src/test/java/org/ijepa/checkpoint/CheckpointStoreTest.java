package org.ijepa.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.ijepa.decode.CrashingFile;
import org.ijepa.kernel.Kernels;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Replica;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.ijepa.vit.Geometry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private static final Geometry SMALL =
      new Geometry(32, 8, 3, 16, 2, 2, 64, 8, 1, 2, 32, 1e-6, 1e-5);
  private static final CheckpointName NAME = new CheckpointName(12, 3);
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          Duration.ofMillis(10), Duration.ofMillis(10), Duration.ZERO, Duration.ofSeconds(5));

  @TempDir Path temp;

  private ActorTestKit kit;
  private CheckpointStore store;
  private NDManager manager;
  private Replica replica;

  @BeforeEach
  void open() {
    kit = ActorTestKit.create();
    String uri = temp.resolve("checkpoints").toString();
    store =
        new CheckpointStore(
            uri,
            Store.open(uri, S3Access.amazon(), RETRY, kit.system()),
            temp.resolve("scratch"),
            kit.system());
    temp.resolve("checkpoints").toFile().mkdirs();
    Kernels.prepareThread(1);
    manager = NDManager.newBaseManager("PyTorch");
    replica = replica();
    for (int i = 0; i < replica.state().weights().size(); i++) {
      replica.state().weights().set(i, i * 0.25f);
    }
    replica.state().target().set(5, 3f);
    replica.state().secondMoment().set(7, 9f);
    replica.state().updates(11);
  }

  private Replica replica() {
    return new Replica(
        manager,
        SMALL,
        new Replica.Options(
            false, false, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), Betas.PUBLISHED, 1));
  }

  @AfterEach
  void close() {
    replica.close();
    manager.close();
    kit.shutdownTestKit();
  }

  private void write(CheckpointName name) throws IOException {
    write(name, "{}");
  }

  private void write(CheckpointName name, String state) throws IOException {
    store.complete(
        name,
        store.writeTensors(name, SMALL, replica.state(), () -> {}),
        List.of(),
        state.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void shouldGiveBackExactlyWhatWasWritten() throws IOException {
    write(NAME);
    try (Replica other = replica()) {
      store.readTensors(NAME, SMALL, other.state(), () -> {});

      assertThat(other.state().weights().array().toFloatArray())
          .isEqualTo(replica.state().weights().array().toFloatArray());
      assertThat(other.state().target().get(5)).isEqualTo(3f);
      assertThat(other.state().secondMoment().get(7)).isEqualTo(9f);
      assertThat(other.state().updates()).isEqualTo(11);
    }
    assertThat(store.read(NAME, "state.json")).isEqualTo(new byte[] {'{', '}'});
  }

  @Test
  void shouldNotSeeCheckpointWithoutManifest() throws IOException {
    store.writeTensors(NAME, SMALL, replica.state(), () -> {});

    assertThat(store.complete()).isEmpty();
  }

  @Test
  void shouldNameDamagedFile() throws IOException {
    write(NAME);
    Path file = temp.resolve("checkpoints").resolve(NAME.toString()).resolve("encoder.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(() -> store.readTensors(NAME, SMALL, replica.state(), () -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("step-000000012-g3/encoder.safetensors is damaged");
  }

  @Test
  void shouldRefuseCheckpointOfAnotherGeometry() throws IOException {
    write(NAME);
    Geometry wider = new Geometry(32, 8, 3, 32, 2, 2, 64, 8, 1, 2, 32, 1e-6, 1e-5);
    try (Replica other =
        new Replica(
            manager,
            wider,
            new Replica.Options(
                false, false, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), Betas.PUBLISHED, 1))) {
      assertThatThrownBy(() -> store.readTensors(NAME, wider, other.state(), () -> {}))
          .hasMessageContaining("another geometry");
    }
  }

  @Test
  void shouldPreferTheHigherGeneration() throws IOException {
    write(new CheckpointName(20, 2));
    write(NAME);

    assertThat(store.newest()).contains(NAME);
  }

  @Test
  void shouldKeepTheNewestAndTheMilestones() throws IOException {
    for (long step : new long[] {10, 20, 30, 40, 50}) {
      write(new CheckpointName(step, 1));
    }
    store.prune(2, 20, 1);

    assertThat(store.complete().stream().map(CheckpointName::step)).containsExactly(20L, 40L, 50L);
  }

  @Test
  void shouldKeepTheBestByProbe() throws IOException {
    assertThat(store.best()).isEmpty();
    write(new CheckpointName(10, 1), "{\"probe\": {\"step\": 9, \"score\": 0.7}}");
    write(new CheckpointName(20, 1), "{\"probe\": {\"step\": 19, \"score\": 0.9}}");
    write(new CheckpointName(30, 1), "{\"probe\": {\"step\": 19, \"score\": 0.9}}");
    write(new CheckpointName(40, 1), "{\"probe\": {\"step\": 39, \"score\": 0.8}}");
    write(new CheckpointName(50, 1));
    assertThat(store.best()).contains(new CheckpointName(20, 1));

    store.prune(1, 0, 2);
    assertThat(store.complete().stream().map(CheckpointName::step)).containsExactly(20L, 30L, 50L);

    store.prune(1, 0, 0);
    assertThat(store.complete().stream().map(CheckpointName::step)).containsExactly(50L);
    assertThat(store.best()).isEmpty();
  }

  @Test
  void shouldSettleSomethingOnceForAll() throws InterruptedException {
    assertThat(store.marks().settled("number")).isEmpty();
    assertThat(store.marks().settle("number", "4", "a")).isEqualTo("4");
    assertThat(store.marks().settle("number", "8", "b")).isEqualTo("4");
    assertThat(store.marks().settled("number")).contains("4");
    assertThat(store.marks().settled("num")).isEmpty();
    assertThat(store.marks().settle("num", "2", "b")).isEqualTo("2");
  }

  @Test
  void shouldListFilesThatNoNodeDecodes() throws IOException {
    assertThat(store.marks().refused()).isEmpty();
    CrashingFile one = CrashingFile.of(ByteBuffer.wrap(new byte[] {1, 2}));
    CrashingFile other = CrashingFile.of(ByteBuffer.wrap(new byte[] {3}));

    String where = store.marks().refuse(one, "a \"quoted\" name.jpg", "SIGSEGV");
    byte[] written = Files.readAllBytes(Path.of(where));
    store.marks().refuse(one, "a \"quoted\" name.jpg", "SIGSEGV");
    store.marks().refuse(other, "b.jpg", "SIGABRT");

    assertThat(store.marks().refused()).containsExactlyInAnyOrder(one, other);
    assertThat(Files.readAllBytes(Path.of(where))).isEqualTo(written);
    assertThat(new ObjectMapper().readTree(written).path("name").asText())
        .isEqualTo("a \"quoted\" name.jpg");
    assertThat(store.complete()).isEmpty();
    Files.writeString(Path.of(where).resolveSibling("notes.txt"), "by hand");
    assertThat(store.marks().refused()).hasSize(2);
  }

  @Test
  void shouldGiveGenerationNumberToOneClaimantOnly() throws InterruptedException {
    assertThat(store.marks().claim(1, "a")).isTrue();
    assertThat(store.marks().claim(1, "b")).isFalse();
    assertThat(store.marks().claim(2, "b")).isTrue();
    assertThat(store.marks().newestGeneration()).isEqualTo(2);
  }
}
