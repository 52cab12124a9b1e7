package org.ijepa.cli;

import akka.actor.typed.ActorSystem;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.interchange.ModelFiles;
import org.ijepa.interchange.TrainingFacts;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.node.Models;
import org.ijepa.node.Services;
import org.ijepa.settings.OptimizationSettings;
import org.ijepa.settings.Settings;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.ijepa.vit.Geometry;

/** The newest checkpoint of a folder or prefix as files, without a model in memory. */
final class StoredCheckpoint implements AutoCloseable {
  private final ActorSystem<Object> system;
  private final Path scratch;
  private final CheckpointStore store;
  private final CheckpointName name;
  private final JsonNode state;
  private final Settings settings;

  /**
   * Opens the newest checkpoint.
   *
   * @param uri folder or prefix of the checkpoints
   * @param access where S3 is
   * @param room local folder in which there is room for a copy of the checkpoint
   */
  StoredCheckpoint(String uri, S3Access access, Path room) throws IOException {
    Files.createDirectories(room);
    system = Services.start(FrozenEncoder.FETCHES);
    try {
      scratch = Files.createTempDirectory(room, ".ijepa-");
      store =
          new CheckpointStore(
              uri, Store.open(uri, access, FrozenEncoder.RETRY, system), scratch, system);
      name = store.newest().orElseThrow(() -> none(uri));
      state = state(store, name);
      settings = settings(state);
    } catch (IOException | RuntimeException e) {
      Services.stop(system);
      throw e;
    }
  }

  static Failure none(String uri) {
    return new Failure(
        ExitCode.WRONG_USAGE,
        "no complete checkpoint in " + uri,
        "give the checkpoints folder of a run");
  }

  /** What a checkpoint tells beside tensors and ledger. */
  static JsonNode state(CheckpointStore store, CheckpointName name) throws IOException {
    return new ObjectMapper().readTree(store.read(name, CheckpointStore.STATE));
  }

  /** The settings that the checkpoint's run had, as far as they have a meaning for its model. */
  static Settings settings(JsonNode state) {
    return Models.stored(state.path("meaning").asText());
  }

  CheckpointName name() {
    return name;
  }

  Settings settings() {
    return settings;
  }

  Geometry geometry() {
    return Models.geometry(settings);
  }

  /** Verified copies of some of the checkpoint's tensor files, gone when this is closed. */
  ModelFiles files(List<String> names) throws IOException {
    for (String file : names) {
      store.copy(name, file, scratch.resolve(file));
    }
    return ModelFiles.open(scratch, names);
  }

  /** Whether steps of an unfinished epoch are in the checkpoint. */
  boolean withinEpoch() {
    return state.path("step").asLong() > 0
        && state.path("imported").isMissingNode()
        && epochAt(state.path("step").asLong() - 1) == epochAt(state.path("step").asLong());
  }

  private long epochAt(long step) {
    return ledger().header().order().place(step, 0).epoch();
  }

  private LedgerContents ledger() {
    try {
      byte[] bytes = store.read(name, "ledger.jsonl");
      return LedgerFile.decode(new ByteArrayInputStream(bytes), name + "/ledger.jsonl");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the published code stores with a checkpoint. */
  TrainingFacts facts() {
    OptimizationSettings optimization = settings.optimization();
    JsonNode imported = state.path("imported");
    double loss;
    if (imported.isMissingNode()) {
      List<LedgerEntry> entries = ledger().entries();
      loss = entries.isEmpty() ? Double.NaN : entries.get(entries.size() - 1).loss();
    } else {
      loss = imported.path("loss").asDouble(Double.NaN);
    }
    return new TrainingFacts(
        Math.max(0, state.path("epoch").asLong() - 1),
        loss,
        settings.share(),
        settings.order().streams(),
        optimization.learningRate().peak(),
        optimization.weightDecay().from(),
        optimization.adam().beta1(),
        optimization.adam().beta2(),
        optimization.adam().eps());
  }

  @Override
  public void close() throws IOException {
    Services.stop(system);
    try (var files = Files.list(scratch)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.deleteIfExists(scratch);
  }
}
