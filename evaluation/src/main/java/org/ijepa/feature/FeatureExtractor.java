package org.ijepa.feature;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import akka.util.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.collapse.CollapseMeasures;
import org.ijepa.collapse.CollapseMonitor;
import org.ijepa.collapse.TargetSums;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.kernel.Kernels;
import org.ijepa.mask.MaskGroup;
import org.ijepa.mask.MaskSampler;
import org.ijepa.replica.Replica;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.settings.PipelineSettings;
import org.ijepa.source.DataSource;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;

/**
 * A frozen encoder that turns images into features: the average of its patch tokens, of the last
 * block or of several last blocks side by side. Beside it, what it is measured against: an image's
 * pixels. Images are resized on their short side and cropped in the middle. For one thread.
 */
public final class FeatureExtractor implements AutoCloseable {
  static final int BATCH = 64;

  private final Geometry geometry;
  private final NDManager manager;
  private final Replica replica;
  private final ViewLoader loader;

  /**
   * An encoder without weights: load or initialise it before use.
   *
   * @param threads for computing on a CPU, and as many for decoding
   */
  public FeatureExtractor(Device device, Geometry geometry, Replica.Options options, int threads) {
    Kernels.prepareThread(threads);
    this.geometry = geometry;
    manager = NDManager.newBaseManager(device, "PyTorch");
    replica = new Replica(manager, geometry, options);
    long heap = Runtime.getRuntime().maxMemory();
    loader = new ViewLoader(threads, PipelineSettings.fetchBytes(heap));
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
   * Features of the samples [0, samples), in their order.
   *
   * @param progress hears how many of the samples were looked at
   */
  public Features features(
      DataSource source, ImageDecoder decoder, long samples, Wanted wanted, LongConsumer progress) {
    List<float[]> rows = new ArrayList<>();
    List<Long> readable = new ArrayList<>();
    Rows sink =
        new Rows() {
          @Override
          public void row(long sample, float[] values) {
            readable.add(sample);
            rows.add(values);
            progress.accept(sample + 1);
          }

          @Override
          public void unreadable(long sample, BadImage cause) {
            // Left out of the rows, which say whose they are.
            progress.accept(sample + 1);
          }
        };
    try {
      stream(source, decoder, samples, wanted, sink);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Features(rows, readable);
  }

  /**
   * The encoder in fine-tuning: from then on, this extractor's context encoder is the tuned one.
   *
   * @param train images that it may learn from
   * @param test images that it is tested on
   */
  public TunedEncoder tuned(
      ImageDecoder decoder, Tuning tuning, LabelledPart train, LabelledPart test) {
    return new TunedEncoder(this, replica, manager, decoder, loader, tuning, train, test);
  }

  /**
   * The published linear evaluation.
   *
   * @param seed of held-out images, order, crops and mirroring
   */
  public SgdProbe sgd(ImageDecoder decoder, SgdProbe.Options options, long seed) {
    return new SgdProbe(this, manager, decoder, options, seed);
  }

  int width() {
    return geometry.width();
  }

  int imageSize() {
    return geometry.imageSize();
  }

  /** How a file becomes an image of the model's size. */
  interface View {
    /**
     * Writes it from the slot's position on.
     *
     * @throws BadImage if the bytes cannot be used
     */
    void view(long sample, ByteString file, ByteBuffer slot) throws BadImage;
  }

  /** Resized on the short side, cropped in the middle, moved. */
  View middle(ImageDecoder decoder, Shifts shifts) {
    int side = geometry.imageSize();
    return (sample, file, slot) -> {
      int at = slot.position();
      decoder.decodeMiddle(file, side, slot);
      shifts.apply(sample, slot.position(at), side, geometry.channels());
    };
  }

  /** Hands over the features of images that could be read before, in their order. */
  void averages(
      LabelledPart part, int[] images, Wanted wanted, View view, Consumer<float[]> hears) {
    Rows rows =
        new Rows() {
          @Override
          public void row(long sample, float[] values) {
            hears.accept(values);
          }

          @Override
          public void unreadable(long sample, BadImage cause) {
            throw part.changed(sample, cause);
          }
        };
    try {
      stream(
          part.source(),
          images.length,
          number -> part.sample(images[(int) number]),
          view,
          wanted,
          rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Signs of collapse of the frozen encoder.
   *
   * @param progress hears how many of the images are done
   */
  public CollapseMeasures collapse(CollapseMonitor monitor, Encoder encoder, IntConsumer progress) {
    return monitor.measure(replica, encoder, progress);
  }

  /**
   * Which features, of which view of an image.
   *
   * @param layers last blocks put side by side, 1 for the last alone
   * @param shifts how images are moved before
   */
  public record Wanted(Encoder encoder, int layers, Values values, Shifts shifts) {
    /** Of images where they are. */
    public Wanted(Encoder encoder, int layers, Values values) {
      this(encoder, layers, values, Shifts.NONE);
    }
  }

  /** What stands for an image. */
  public enum Values {
    /** The average of its patches' features: layers x width. */
    AVERAGE,
    /** Its patches' features, one after another: patches x layers x width. */
    PATCHES,
    /** No encoder: the channels of its pixels, 0 to 1, side x side x C. */
    PIXELS,
    /** No encoder: the mean of a pixel's channels, 0 to 1, side x side. */
    GREY,
    /** Nothing: only whether an image can be read. */
    NOTHING
  }

  /** Where features go, in the order of the samples. */
  public interface Rows {
    /** Takes one sample's features, as {@link Values} says. */
    void row(long sample, float[] values) throws IOException;

    /** Hears of a sample that cannot be used. */
    void unreadable(long sample, BadImage cause) throws IOException;
  }

  /**
   * Hands over the features of the samples [0, samples), of which few are in memory at a time.
   *
   * @throws Failure if a feature is not finite
   */
  public void stream(
      DataSource source, ImageDecoder decoder, long samples, Wanted wanted, Rows rows)
      throws IOException {
    View view = middle(decoder, wanted.shifts());
    stream(source, samples, number -> number, view, wanted, rows);
  }

  /**
   * The same of some samples, in their order.
   *
   * @throws Failure if a feature is not finite
   */
  public void stream(
      DataSource source, ImageDecoder decoder, List<Long> samples, Wanted wanted, Rows rows)
      throws IOException {
    View view = middle(decoder, wanted.shifts());
    stream(source, samples.size(), at -> samples.get((int) at), view, wanted, rows);
  }

  /** Hands over the features of {@code count} samples, in an order of the caller's. */
  private void stream(
      DataSource source, long count, LongUnaryOperator order, View view, Wanted wanted, Rows rows)
      throws IOException {
    // One is filled while the encoder looks at the other.
    List<ByteBuffer> memory =
        List.of(
            ByteBuffer.allocateDirect(BATCH * imageBytes()),
            ByteBuffer.allocateDirect(BATCH * imageBytes()));
    Batch next = begin(source, count, order, 0, view, memory.get(0));
    try {
      for (long from = 0; from < count; from += BATCH) {
        Batch batch = next;
        if (from + BATCH < count) {
          ByteBuffer other = memory.get((int) ((from / BATCH + 1) % memory.size()));
          next = begin(source, count, order, from + BATCH, view, other);
        }
        long[] readable = readable(batch, rows);
        List<float[]> values =
            readable.length == 0 ? List.of() : values(batch.images, readable.length, wanted);
        for (int i = 0; i < values.size(); i++) {
          checkFinite(source, readable[i], values.get(i));
          rows.row(readable[i], values.get(i));
        }
      }
    } finally {
      // The decoder may be closed after a failure.
      next.views.settle();
    }
  }

  /** Samples, their views, and the memory that these are written to. */
  private record Batch(List<Long> samples, ViewLoader.Views views, ByteBuffer images) {}

  private Batch begin(
      DataSource source,
      long count,
      LongUnaryOperator order,
      long from,
      View view,
      ByteBuffer images) {
    long[] samples = LongStream.range(from, Math.min(count, from + BATCH)).map(order).toArray();
    ViewLoader.Views views = loader.begin(source, samples, view, images, imageBytes());
    return new Batch(Arrays.stream(samples).boxed().toList(), views, images);
  }

  /** Moves the images that could be read together; returns their numbers. */
  private long[] readable(Batch batch, Rows rows) throws IOException {
    List<Optional<BadImage>> bad = batch.views.await();
    long[] readable = new long[bad.size()];
    int count = 0;
    for (int i = 0; i < bad.size(); i++) {
      if (bad.get(i).isPresent()) {
        rows.unreadable(batch.samples.get(i), bad.get(i).get());
      } else {
        if (count < i) {
          batch.images.put(count * imageBytes(), batch.images, i * imageBytes(), imageBytes());
        }
        readable[count++] = batch.samples.get(i);
      }
    }
    return Arrays.copyOf(readable, count);
  }

  private List<float[]> values(ByteBuffer images, int count, Wanted wanted) {
    return switch (wanted.values()) {
      case AVERAGE, PATCHES -> rows(images, count, wanted);
      case PIXELS -> pixels(images, count, false);
      case GREY -> pixels(images, count, true);
      case NOTHING -> Collections.nCopies(count, new float[0]);
    };
  }

  private static void checkFinite(DataSource source, long sample, float[] values) {
    if (!isFinite(values)) {
      throw new Failure(
          ExitCode.BAD_DATA,
          "features of " + source.index().key(sample) + " are not finite",
          "the checkpoint's weights are damaged or its training diverged");
    }
  }

  static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Predictions for masks of the places from 0 on.
   *
   * @param views images as {@link org.ijepa.batch.SampleViews#of} gives them
   * @param masks whose groups hold as many images
   */
  public List<Masked> masked(List<byte[]> views, MaskSampler masks) {
    int count = views.size();
    int width = geometry.width();
    ByteBuffer images = ByteBuffer.allocateDirect(count * views.get(0).length);
    views.forEach(images::put);
    MaskGroup group = masks.groups(0, 0, 0, count).get(0);
    int[][] context = new int[count][];
    int[][][] blocks = new int[group.targets().length][count][];
    for (int i = 0; i < count; i++) {
      context[group.members()[i]] = group.context()[i];
      for (int m = 0; m < blocks.length; m++) {
        blocks[m][group.members()[i]] = group.targets()[m][i];
      }
    }
    float[] targets = replica.tokens(images.flip().slice(), count, Encoder.TARGET);
    TargetSums.normalise(targets, width, geometry.targetNormEps());
    float[] predicted = replica.predictions(images.slice(), context, blocks);
    int imageLength = geometry.patches() * width;
    int blockLength = group.targetLength() * width;
    List<Masked> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[][] own = new int[blocks.length][];
      float[] said = new float[blocks.length * blockLength];
      for (int m = 0; m < blocks.length; m++) {
        own[m] = blocks[m][i];
        System.arraycopy(
            predicted, (m * count + i) * blockLength, said, m * blockLength, blockLength);
      }
      float[] seen = Arrays.copyOfRange(targets, i * imageLength, (i + 1) * imageLength);
      all.add(new Masked(context[i], own, seen, said));
    }
    return all;
  }

  private List<float[]> rows(ByteBuffer images, int count, Wanted wanted) {
    int width = geometry.width();
    boolean patches = wanted.values() == Values.PATCHES;
    int rowsEach = patches ? geometry.patches() : 1;
    long[] layers = new long[wanted.layers()];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = (long) geometry.depth() - layers.length + 1 + i;
    }
    try (PtNDManager scope = (PtNDManager) manager.newSubManager()) {
      ByteBuffer used = images.duplicate().position(0);
      used.limit(count * imageBytes());
      List<NDArray> blocks = replica.features(scope, used.slice(), count, wanted.encoder(), layers);
      List<float[]> values = new ArrayList<>();
      for (NDArray block : blocks) {
        block.attach(scope);
        NDArray kept = patches ? block : block.mean(new int[] {1});
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

  private List<float[]> pixels(ByteBuffer images, int count, boolean grey) {
    int each = grey ? geometry.channels() : 1;
    List<float[]> rows = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < count; i++) {
      float[] row = new float[imageBytes() / each];
      for (int k = 0; k < row.length * each; k++) {
        row[k / each] += (images.get(at++) & 0xff) / (255f * each);
      }
      rows.add(row);
    }
    return rows;
  }

  private int imageBytes() {
    return geometry.imageSize() * geometry.imageSize() * geometry.channels();
  }

  @Override
  public void close() {
    loader.close();
    replica.close();
    manager.close();
  }
}
