package org.ijepa.feature;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.probe.Classification;
import org.ijepa.probe.LinearProbe.Head;
import org.ijepa.probe.SgdTrials;
import org.ijepa.probe.SgdTrials.Choice;
import org.ijepa.probe.SgdTrials.Trial;
import org.ijepa.probe.Shuffle;
import org.ijepa.probe.ValidationSplit;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Replica.Encoder;

/**
 * The published linear evaluation: SGD on the frozen encoder's features of fresh crops, each image
 * once an epoch, with all choices of blocks, head, rate and weight decay side by side on the same
 * stream. The schedule is that of VISSL's recipe: the rate a tenth of what it was after 2, 4 and 6
 * sevenths of the epochs. A pure function of inputs and seed.
 */
public final class SgdProbe {
  /** Images that a choice's learning rate is stated for. */
  private static final int RATE_BATCH = 256;

  private static final List<Double> RATES = List.of(0.03, 0.1, 0.3, 1.0, 3.0);
  private static final List<Double> DECAYS = List.of(0.0, 5e-4);

  /** Share of each class that the choice is made on. */
  public static final double VALIDATION_SHARE = 0.1;

  private final FeatureExtractor extractor;
  private final NDManager manager;
  private final ImageDecoder decoder;
  private final Options options;
  private final long seed;

  /**
   * How it trains.
   *
   * @param blocks numbers of last blocks to try, ascending
   * @param epochs over the training images, one at least
   * @param crop of the images in training
   * @param flip whether half of them are mirrored, left to right
   */
  public record Options(
      Encoder encoder, List<Integer> blocks, int epochs, CropRules crop, boolean flip) {
    public Options {
      blocks = List.copyOf(blocks);
      if (epochs < 1) {
        throw new Failure(ExitCode.WRONG_USAGE, epochs + " epochs", "give 1 or more");
      }
    }

    int most() {
      return blocks.get(blocks.size() - 1);
    }
  }

  SgdProbe(
      FeatureExtractor extractor,
      NDManager manager,
      ImageDecoder decoder,
      Options options,
      long seed) {
    this.extractor = extractor;
    this.manager = manager;
    this.decoder = decoder;
    this.options = options;
    this.seed = seed;
  }

  /**
   * Trains on one part and tests on the other.
   *
   * @param trainLabels a label for each sample of {@code train}, not negative
   * @param testLabels of the test samples
   * @param epochDone hears the number of each finished epoch, from 1
   * @throws Failure where all labels are the same or there is too little to hold out
   */
  public SgdTrials fit(
      LabelledPart train,
      int[] trainLabels,
      LabelledPart test,
      int[] testLabels,
      IntConsumer epochDone) {
    ValidationSplit split = ValidationSplit.of(trainLabels, VALIDATION_SHARE, seed);
    List<Choice> choices = choices();
    List<SgdHead> heads = new ArrayList<>();
    try {
      for (Choice choice : choices) {
        heads.add(
            new SgdHead(
                manager,
                choice.blocks() * extractor.width(),
                split.classCount(),
                choice.head() == Head.BATCH_NORM,
                choice.weightDecay()));
      }
      for (int epoch = 0; epoch < options.epochs(); epoch++) {
        learn(train, split, choices, heads, epoch);
        epochDone.accept(epoch + 1);
      }
      int[][] held = classify(train, split.held(), split, choices, heads);
      int[] all = IntStream.range(0, test.size()).toArray();
      int[][] tested = classify(test, all, split, choices, heads);
      List<Trial> trials = new ArrayList<>();
      for (int i = 0; i < heads.size(); i++) {
        trials.add(
            new Trial(
                choices.get(i),
                split.accuracy(held[i]),
                Classification.of(trainLabels, testLabels, tested[i])));
      }
      return new SgdTrials(trials, options.epochs(), seed);
    } finally {
      heads.forEach(SgdHead::close);
    }
  }

  private List<Choice> choices() {
    List<Choice> choices = new ArrayList<>();
    for (int blocks : options.blocks()) {
      for (Head head : List.of(Head.PLAIN, Head.BATCH_NORM)) {
        for (double rate : RATES) {
          DECAYS.forEach(decay -> choices.add(new Choice(blocks, head, rate, decay)));
        }
      }
    }
    return choices;
  }

  /** One epoch over the images that are not held out. */
  private void learn(
      LabelledPart part,
      ValidationSplit split,
      List<Choice> choices,
      List<SgdHead> heads,
      int epoch) {
    RandomKey key = RandomKey.of(seed, "sgd-probe").with(epoch);
    int[] fitted = split.fitted();
    int[] rows =
        Arrays.stream(Shuffle.of(fitted.length, key.stream())).map(n -> fitted[n]).toArray();
    double factor = StrictMath.pow(0.1, Math.floor(3.5 * epoch / options.epochs()));
    int[] at = new int[1];
    TrainingViews views =
        new TrainingViews(
            decoder, options.crop(), options.flip(), part.shifts(), extractor.imageSize());
    batches(
        part,
        rows,
        (sample, file, slot) -> views.view(sample, file, key, slot),
        (features, count) -> {
          int[] truth = new int[count];
          for (int i = 0; i < count; i++) {
            truth[i] = split.classOf(rows[at[0]++]);
          }
          NDArray oneHot = features.getManager().create(truth).oneHot(split.classCount());
          for (int i = 0; i < heads.size(); i++) {
            Choice choice = choices.get(i);
            double rate = choice.rate() * factor * count / RATE_BATCH;
            heads.get(i).learn(last(features, choice.blocks()), oneHot, rate);
          }
        });
  }

  /** The labels that each head sees in images of a part. */
  private int[][] classify(
      LabelledPart part,
      int[] asked,
      ValidationSplit split,
      List<Choice> choices,
      List<SgdHead> heads) {
    int[][] seen = new int[heads.size()][asked.length];
    int[] at = new int[1];
    batches(
        part,
        asked,
        extractor.middle(decoder, part.shifts()),
        (features, count) -> {
          for (int i = 0; i < heads.size(); i++) {
            NDArray own = last(features, choices.get(i).blocks());
            long[] largest = heads.get(i).logits(own).argMax(1).toLongArray();
            for (int n = 0; n < count; n++) {
              seen[i][at[0] + n] = split.label((int) largest[n]);
            }
          }
          at[0] += count;
        });
    return seen;
  }

  /** Features of the last {@code blocks} of rows that hold the most. */
  private NDArray last(NDArray features, int blocks) {
    int skipped = (options.most() - blocks) * extractor.width();
    return skipped == 0 ? features : features.get(new NDIndex(":, {}:", skipped));
  }

  private void batches(
      LabelledPart part,
      int[] images,
      FeatureExtractor.View view,
      BiConsumer<NDArray, Integer> hears) {
    List<float[]> rows = new ArrayList<>();
    extractor.averages(
        part,
        images,
        new FeatureExtractor.Wanted(
            options.encoder(), options.most(), FeatureExtractor.Values.AVERAGE),
        view,
        row -> {
          rows.add(row);
          if (rows.size() == FeatureExtractor.BATCH) {
            hand(rows, hears);
          }
        });
    if (!rows.isEmpty()) {
      hand(rows, hears);
    }
  }

  private void hand(List<float[]> rows, BiConsumer<NDArray, Integer> hears) {
    int width = rows.get(0).length;
    float[] flat = new float[rows.size() * width];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, flat, i * width, width);
    }
    try (NDManager scope = manager.newSubManager()) {
      hears.accept(scope.create(flat, new Shape(rows.size(), width)), rows.size());
    }
    rows.clear();
  }
}
