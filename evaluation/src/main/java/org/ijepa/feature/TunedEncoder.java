package org.ijepa.feature;

import ai.djl.ndarray.NDManager;
import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.ijepa.batch.SoundFile;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.probe.FineTuning.Tunable;
import org.ijepa.probe.Shuffle;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Recipe;
import org.ijepa.replica.Replica;
import org.ijepa.replica.Replica.Encoder;

/**
 * An encoder in fine-tuning. AdamW, whose rate rises for a tenth of the steps and falls by a
 * cosine; the gradient's norm is cut to 1; the linear layer learns ten times as fast. Each epoch
 * sees another crop of each image, mirrored or not. The same inputs and options give the same
 * result.
 */
public final class TunedEncoder implements Tunable, AutoCloseable {
  private static final double HEAD_SPEED = 10;
  private static final double WARM_UP = 0.1;
  private static final double MOST_NORM = 1;
  private static final int BATCH = 32;

  private final FeatureExtractor extractor;
  private final Replica replica;
  private final NDManager manager;
  private final ImageDecoder decoder;
  private final Tuning tuning;
  private final LabelledPart train;
  private final LabelledPart test;
  private final TrainingViews views;
  private final int imageBytes;
  private final ByteBuffer pixels;
  private Optional<LinearHead> head = Optional.empty();

  TunedEncoder(
      FeatureExtractor extractor,
      Replica replica,
      NDManager manager,
      ImageDecoder decoder,
      Tuning tuning,
      LabelledPart train,
      LabelledPart test) {
    this.extractor = extractor;
    this.replica = replica;
    this.manager = manager;
    this.decoder = decoder;
    this.tuning = tuning;
    this.train = train;
    this.test = test;
    int side = replica.geometry().imageSize();
    views = new TrainingViews(decoder, tuning.crop(), tuning.flip(), train.shifts(), side);
    imageBytes = side * side * replica.geometry().channels();
    pixels = ByteBuffer.allocateDirect(BATCH * imageBytes);
    replica.beginTuning(tuning.from());
  }

  @Override
  public boolean train(int[] rows, int[] classes, int classCount, double rate, RandomKey key) {
    replica.beginTuning(Encoder.TARGET);
    head.ifPresent(LinearHead::close);
    LinearHead layer =
        new LinearHead(manager, replica.geometry().width(), classCount, tuning.weightDecay());
    head = Optional.of(layer);
    int batches = (rows.length + BATCH - 1) / BATCH;
    int steps = batches * tuning.epochs();
    int step = 0;
    for (int epoch = 0; epoch < tuning.epochs(); epoch++) {
      RandomKey drawn = key.with(epoch);
      int[] order = Shuffle.of(rows.length, drawn.stream());
      for (int from = 0; from < order.length; from += BATCH) {
        int[] batch = Arrays.copyOfRange(order, from, Math.min(order.length, from + BATCH));
        view(batch, rows, drawn);
        int[] truth = Arrays.stream(batch).map(n -> classes[n]).toArray();
        double now = rate * schedule(step++, steps);
        replica.beginStep();
        replica.accumulateWhole(
            pixels.slice(0, batch.length * imageBytes),
            batch.length,
            tokens -> layer.learn(tokens, truth, now * HEAD_SPEED));
        double norm = replica.gradientNorm();
        if (!Double.isFinite(norm)) {
          return false;
        }
        double scale = Math.min(1, MOST_NORM / norm);
        replica.update(new Recipe(now, tuning.weightDecay(), 1, scale));
      }
    }
    return true;
  }

  private static double schedule(int step, int steps) {
    double warm = Math.max(1, WARM_UP * steps);
    if (step < warm) {
      return (step + 1) / (warm + 1);
    }
    return 0.5 * (1 + StrictMath.cos(Math.PI * (step - warm) / Math.max(1, steps - warm)));
  }

  /** Fills the batch's memory with crops. */
  private void view(int[] batch, int[] rows, RandomKey epoch) {
    List<CompletableFuture<ByteString>> files = new ArrayList<>();
    for (int n : batch) {
      files.add(SoundFile.fetch(train.source(), train.sample(rows[n])).toCompletableFuture());
    }
    for (int i = 0; i < batch.length; i++) {
      long sample = train.sample(rows[batch[i]]);
      ByteBuffer slot = pixels.duplicate().position(i * imageBytes);
      try {
        SoundFile.use(
            train.source(),
            sample,
            files.get(i).join(),
            found -> views.view(sample, found, epoch, slot.duplicate()));
      } catch (BadImage e) {
        throw train.changed(sample, e);
      }
    }
  }

  @Override
  public int[] classify(int[] rows) {
    return classify(train, rows);
  }

  @Override
  public int[] classifyTest() {
    return classify(test, IntStream.range(0, test.size()).toArray());
  }

  private int[] classify(LabelledPart part, int[] images) {
    LinearHead.Trained layer = head.orElseThrow().trained();
    List<Integer> predicted = new ArrayList<>();
    extractor.averages(
        part,
        images,
        new FeatureExtractor.Wanted(Encoder.CONTEXT, 1, FeatureExtractor.Values.AVERAGE),
        extractor.middle(decoder, part.shifts()),
        row -> predicted.add(layer.classify(row)));
    return predicted.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public void close() {
    head.ifPresent(LinearHead::close);
  }
}
