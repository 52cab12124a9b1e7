package org.ijepa.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.kernel.Kernels;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Replica;
import org.ijepa.replica.ReplicaState;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;

/**
 * What a checkpoint takes: the copy in host memory, for which training waits, and the writing of
 * the copy, for which it does not; beside them, a plain file of as many bytes.
 */
public final class CheckpointBenchmark {
  private static final int CHUNK_BYTES = 1 << 20;

  private final Geometry geometry;
  private final Device device;
  private final CheckpointStore store;
  private final Optional<Path> plain;

  /**
   * What a round took.
   *
   * @param copy seconds in which training waits
   * @param write seconds from the copy to the manifest
   * @param plain seconds of a plain file, written and forced to the disk; NaN where there is none
   * @param bytes of the checkpoint
   */
  public record Round(double copy, double write, double plain, long bytes) {}

  /**
   * Checkpoints of a model.
   *
   * @param store which takes them; they stay there
   * @param plain folder on the same disk; empty where the store is none
   */
  public CheckpointBenchmark(
      Geometry geometry, Device device, CheckpointStore store, Optional<Path> plain) {
    this.geometry = geometry;
    this.device = device;
    this.store = store;
    this.plain = plain;
  }

  /** So many rounds, after one that does not count. */
  public List<Round> run(int rounds) throws IOException {
    Kernels.prepareThread(Runtime.getRuntime().availableProcessors());
    List<Float> half = Collections.nCopies(geometry.channels(), 127.5f);
    List<Round> found = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch");
        Replica replica =
            new Replica(
                manager,
                geometry,
                new Replica.Options(false, false, half, half, Betas.PUBLISHED, 2))) {
      replica.initialise(new Initialisation(0.02, false, 1), 0);
      replica.await();
      ReplicaState copy = replica.emptyState();
      for (int round = 0; round <= rounds; round++) {
        Round measured = round(replica, copy, new CheckpointName(round, 1));
        if (round > 0) {
          found.add(measured);
        }
      }
    }
    return found;
  }

  private Round round(Replica replica, ReplicaState copy, CheckpointName name) throws IOException {
    long began = System.nanoTime();
    replica.copyState(copy);
    long copied = System.nanoTime();
    List<Manifest.FileEntry> tensors = store.writeTensors(name, geometry, copy, () -> {});
    store.complete(name, tensors, List.of(), new byte[0]);
    long written = System.nanoTime();
    long bytes = tensors.stream().mapToLong(Manifest.FileEntry::bytes).sum();
    double file = plain.isPresent() ? plainFile(plain.get(), bytes) : Double.NaN;
    return new Round((copied - began) * 1e-9, (written - copied) * 1e-9, file, bytes);
  }

  private static double plainFile(Path folder, long bytes) throws IOException {
    Path file = Files.createTempFile(folder, "plain", ".tmp");
    try {
      ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
      long began = System.nanoTime();
      try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
        for (long left = bytes; left > 0; ) {
          chunk.clear().limit((int) Math.min(CHUNK_BYTES, left));
          left -= out.write(chunk);
        }
        out.force(true);
      }
      return (System.nanoTime() - began) * 1e-9;
    } finally {
      Files.delete(file);
    }
  }
}
