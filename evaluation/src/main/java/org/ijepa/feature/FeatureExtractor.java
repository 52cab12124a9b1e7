package org.ijepa.feature;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import akka.util.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.collapse.CollapseMeasures;
import org.ijepa.collapse.CollapseMonitor;
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
    List<float[]> rows = new ArrayList<>();
    Rows sink =
        new Rows() {
          @Override
          public void row(long sample, float[] values) {
            readable.accept(sample);
            rows.add(values);
          }

          @Override
          public void unreadable(long sample, BadImage cause) {
            // Left out of the rows: the caller knows which are there.
          }
        };
    try {
      stream(source, decoder, samples, new Wanted(encoder, layers, false), sink);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows.toArray(new float[0][]);
  }

  /** Signs of collapse of the frozen encoder. */
  public CollapseMeasures collapse(CollapseMonitor monitor, Encoder encoder) {
    return monitor.measure(replica, encoder);
  }

  /**
   * Which features.
   *
   * @param layers last blocks put side by side, 1 for the last alone
   * @param patches a row for each patch, one after another, in place of their average
   */
  public record Wanted(Encoder encoder, int layers, boolean patches) {}

  /** Where features go, in the order of the samples. */
  public interface Rows {
    /** Takes one sample's features: layers x width, or patches x layers x width. */
    void row(long sample, float[] values) throws IOException;

    /** Hears of a sample that cannot be used. */
    void unreadable(long sample, BadImage cause) throws IOException;
  }

  /** Hands over the features of the samples [0, samples), of which few are in memory at a time. */
  public void stream(
      DataSource source, ImageDecoder decoder, long samples, Wanted wanted, Rows rows)
      throws IOException {
    int side = geometry.imageSize();
    int bytes = side * side * CHANNELS;
    ByteBuffer images = ByteBuffer.allocateDirect(BATCH * bytes);
    ArrayDeque<CompletableFuture<ByteString>> fetched = new ArrayDeque<>();
    long asked = 0;
    List<Long> batch = new ArrayList<>();
    for (long sample = 0; sample < samples; sample++) {
      for (; asked < Math.min(samples, sample + AHEAD); asked++) {
        fetched.add(source.fetch(asked).toCompletableFuture());
      }
      ByteString file = fetched.remove().join();
      ByteBuffer slot = images.duplicate().position(batch.size() * bytes);
      try {
        decoder.decodeMiddle(file, side, slot);
        batch.add(sample);
      } catch (BadImage e) {
        rows.unreadable(sample, e);
      }
      if (batch.size() == BATCH || (sample == samples - 1 && !batch.isEmpty())) {
        List<float[]> values = rows(images, batch.size(), wanted);
        for (int i = 0; i < values.size(); i++) {
          rows.row(batch.get(i), values.get(i));
        }
        batch.clear();
      }
    }
  }

  /**
   * An image as the model sees it, before it is normalised.
   *
   * @return side x side x 3 unsigned bytes
   * @throws BadImage if the bytes cannot be used
   */
  public static byte[] view(ImageDecoder decoder, ByteString file, int side) throws BadImage {
    ByteBuffer pixels = ByteBuffer.allocateDirect(side * side * CHANNELS);
    decoder.decodeMiddle(file, side, pixels);
    byte[] array = new byte[pixels.flip().remaining()];
    pixels.get(array);
    return array;
  }

  private List<float[]> rows(ByteBuffer images, int count, Wanted wanted) {
    int width = geometry.width();
    int rowsEach = wanted.patches() ? geometry.patches() : 1;
    long[] layers = new long[wanted.layers()];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = (long) geometry.depth() - layers.length + 1 + i;
    }
    try (PtNDManager scope = (PtNDManager) manager.newSubManager()) {
      ByteBuffer used = images.duplicate().position(0);
      used.limit(count * geometry.imageSize() * geometry.imageSize() * CHANNELS);
      List<NDArray> blocks = replica.features(scope, used.slice(), count, wanted.encoder(), layers);
      List<float[]> values = new ArrayList<>();
      for (NDArray block : blocks) {
        block.attach(scope);
        NDArray kept = wanted.patches() ? block : block.mean(new int[] {1});
        values.add(kept.toFloatArray());
      }
      List<float[]> rows = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        float[] row = new float[rowsEach * layers.length * width];
        for (int k = 0; k < rowsEach * layers.length; k++) {
          int from = (i * rowsEach + k / layers.length) * width;
          System.arraycopy(values.get(k % layers.length), from, row, k * width, width);
        }
        rows.add(row);
      }
      return rows;
    }
  }

  @Override
  public void close() {
    replica.close();
    manager.close();
  }
}
