package org.ijepa.feature;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import akka.util.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.collapse.CollapseMeasures;
import org.ijepa.collapse.CollapseMonitor;
import org.ijepa.crop.Crop;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.kernel.Kernels;
import org.ijepa.replica.Replica;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.source.DataSource;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;

/**
 * A frozen encoder that turns images into features: the average of its patch tokens, of the last
 * block or of several last blocks side by side. Images are resized on their short side and cropped
 * in the middle. For one thread.
 */
public final class FeatureExtractor implements AutoCloseable {
  private static final int BATCH = 64;
  private static final int CHANNELS = 3;

  /** Files that are fetched ahead. */
  private static final int AHEAD = 16;

  private final Geometry geometry;
  private final NDManager manager;
  private final Replica replica;

  /** An encoder without weights: load or initialise it before use. */
  public FeatureExtractor(Geometry geometry, Replica.Options options, int threads) {
    Kernels.prepareThread(threads);
    this.geometry = geometry;
    manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    replica = new Replica(manager, geometry, options);
  }

  /** Takes the weights of a checkpoint. */
  public void load(CheckpointStore checkpoints, CheckpointName name) throws IOException {
    checkpoints.readNetworks(name, geometry, replica.state());
    replica.stateChanged();
  }

  /** Takes the start values that a run with this seed begins with. */
  public void initialise(Initialisation initialisation, long seed) {
    replica.initialise(initialisation, seed);
  }

  /**
   * Features of samples, in their order.
   *
   * @param layers last blocks whose averages are put side by side, 1 for the last alone
   * @param readable hears the numbers of the samples that could be read, in the rows' order
   * @return a row of layers x width for each readable sample
   */
  public float[][] features(
      DataSource source,
      ImageDecoder decoder,
      long samples,
      Encoder encoder,
      int layers,
      LongConsumer readable) {
    long[] wanted = new long[layers];
    for (int i = 0; i < layers; i++) {
      wanted[i] = (long) geometry.depth() - layers + 1 + i;
    }
    int side = geometry.imageSize();
    int bytes = side * side * CHANNELS;
    ByteBuffer images = ByteBuffer.allocateDirect(BATCH * bytes);
    List<float[]> rows = new ArrayList<>();
    List<CompletableFuture<ByteString>> fetched = new ArrayList<>();
    int filled = 0;
    for (long sample = 0; sample < samples; sample++) {
      while (fetched.size() < Math.min(samples, sample + AHEAD)) {
        fetched.add(source.fetch(fetched.size()).toCompletableFuture());
      }
      ByteString file = fetched.set((int) sample, null).join();
      ByteBuffer slot = images.duplicate().position(filled * bytes);
      if (decode(decoder, file, slot)) {
        readable.accept(sample);
        filled++;
      }
      if (filled == BATCH || (sample == samples - 1 && filled > 0)) {
        pooled(images, filled, encoder, wanted, rows);
        filled = 0;
      }
    }
    return rows.toArray(new float[0][]);
  }

  /** Signs of collapse of the frozen encoder. */
  public CollapseMeasures collapse(CollapseMonitor monitor, Encoder encoder) {
    return monitor.measure(replica, encoder);
  }

  private boolean decode(ImageDecoder decoder, ByteString file, ByteBuffer slot) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(file.size());
    file.copyToBuffer(bytes);
    try {
      decoder.decode(bytes.flip(), FeatureExtractor::middle, geometry.imageSize(), slot);
      return true;
    } catch (BadImage e) {
      // Left out of the rows: the caller knows which are there.
      return false;
    }
  }

  private static Crop middle(int width, int height) {
    int side = Math.min(width, height);
    return new Crop((width - side) / 2, (height - side) / 2, side, side);
  }

  private void pooled(
      ByteBuffer images, int count, Encoder encoder, long[] layers, List<float[]> rows) {
    int width = geometry.width();
    try (PtNDManager scope = (PtNDManager) manager.newSubManager()) {
      ByteBuffer used = images.duplicate().position(0);
      used.limit(count * geometry.imageSize() * geometry.imageSize() * CHANNELS);
      List<NDArray> blocks = replica.features(scope, used.slice(), count, encoder, layers);
      List<float[]> means = new ArrayList<>();
      for (NDArray block : blocks) {
        block.attach(scope);
        means.add(block.mean(new int[] {1}).toFloatArray());
      }
      for (int i = 0; i < count; i++) {
        float[] row = new float[layers.length * width];
        for (int layer = 0; layer < layers.length; layer++) {
          System.arraycopy(means.get(layer), i * width, row, layer * width, width);
        }
        rows.add(row);
      }
    }
  }

  @Override
  public void close() {
    replica.close();
    manager.close();
  }
}
