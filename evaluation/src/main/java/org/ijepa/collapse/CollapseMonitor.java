package org.ijepa.collapse;

import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.ijepa.mask.MaskGroup;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.replica.Replica;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.StepWatch;
import org.ijepa.vit.Geometry;

/**
 * Measures a fixed batch with fixed masks every so many steps of a run. Safe for use by several
 * threads, each with its replica.
 */
public final class CollapseMonitor implements StepWatch {
  /** What its findings are about. */
  public static final String ABOUT = "collapse";

  /** The epoch of the masks' places: one that no run has. */
  private static final long NO_EPOCH = -1;

  private final HeldOutImages images;
  private final MaskRules rules;
  private final long seed;
  private final int chunk;

  /**
   * A monitor.
   *
   * @param images the batch, two at least
   * @param rules of its masks
   * @param seed of its masks
   * @param chunk images that are computed at a time
   */
  public CollapseMonitor(HeldOutImages images, MaskRules rules, long seed, int chunk) {
    if (images.count() < 2) {
      throw new IllegalArgumentException("a batch of " + images.count() + " shows no collapse");
    }
    this.images = images;
    this.rules = rules;
    this.seed = seed;
    this.chunk = chunk;
  }

  @Override
  public List<Finding> after(long step, Replica replica, Runnable moved) {
    long began = System.nanoTime();
    CollapseMeasures measures = measure(replica, Encoder.TARGET, done -> moved.run());
    Verdict verdict = Verdict.of(measures);
    Map<String, Double> numbers = measures.numbers();
    numbers.put("seconds", (System.nanoTime() - began) * 1e-9);
    return List.of(
        new Finding(
            ABOUT,
            step,
            numbers,
            verdict.word(),
            verdict.severity(),
            verdict.line() + "; " + measures.line()));
  }

  /**
   * Measures an encoder; targets and their predictions are always those of training.
   *
   * @param progress hears how many of the images are done
   */
  public CollapseMeasures measure(Replica replica, Encoder encoder, IntConsumer progress) {
    Geometry geometry = replica.geometry();
    int width = geometry.width();
    int patches = geometry.patches();
    int half = images.count() / 2;
    float[][] pooled = new float[images.count()][];
    TargetSums all = new TargetSums(patches, width);
    TargetSums first = new TargetSums(patches, width);
    double patchCosine = 0;
    Losses losses = new Losses();
    for (int from = 0; from < images.count(); ) {
      int end = from < half ? half : images.count();
      int count = Math.min(chunk, end - from);
      float[] tokens = replica.tokens(images.pixels(from, count), count, encoder);
      float[] targets =
          encoder == Encoder.TARGET
              ? tokens
              : replica.tokens(images.pixels(from, count), count, Encoder.TARGET);
      for (int i = 0; i < count; i++) {
        int at = i * patches * width;
        pooled[from + i] = mean(tokens, at, patches, width);
        patchCosine += Alikeness.meanCosine(tokens, at, patches, width);
      }
      TargetSums.normalise(targets, width, geometry.targetNormEps());
      all.add(targets);
      if (from < half) {
        first.add(targets);
      } else {
        losses.add(replica, from, count, targets, first.means());
      }
      from += count;
      progress.accept(from);
    }
    double[] deviations = Alikeness.deviations(pooled);
    return new CollapseMeasures(
        images.count(),
        width,
        Spectrum.rankMe(Alikeness.centred(pooled)),
        Spectrum.rankMe(pooled),
        Alikeness.mean(deviations),
        Alikeness.lowestTenth(deviations),
        Alikeness.meanCosine(flat(pooled), 0, pooled.length, width),
        patchCosine / images.count(),
        all.variance(),
        all.positionShare(),
        losses.ofPredictor / losses.elements,
        losses.ofPosition / losses.elements);
  }

  private static float[] mean(float[] tokens, int at, int rows, int width) {
    float[] mean = new float[width];
    for (int d = 0; d < width; d++) {
      double sum = 0;
      for (int row = 0; row < rows; row++) {
        sum += tokens[at + row * width + d];
      }
      mean[d] = (float) (sum / rows);
    }
    return mean;
  }

  private static float[] flat(float[][] rows) {
    float[] all = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, all, i * rows[i].length, rows[i].length);
    }
    return all;
  }

  /** Smooth L1 of both predictors, summed over target blocks. */
  private final class Losses {
    private double ofPredictor;
    private double ofPosition;
    private long elements;

    /** Adds images whose layer-normed targets are {@code targets}, N x D an image. */
    void add(Replica replica, int from, int count, float[] targets, float[] means) {
      int width = replica.geometry().width();
      // One group, whose members are sorted by the length of their contexts.
      MaskSampler masks = new MaskSampler(rules.withGroupSize(count), seed);
      MaskGroup group = masks.groups(from, NO_EPOCH, from, count).get(0);
      int[][] context = new int[count][];
      int[][][] blocks = new int[group.targets().length][count][];
      for (int i = 0; i < count; i++) {
        context[group.members()[i]] = group.context()[i];
        for (int m = 0; m < blocks.length; m++) {
          blocks[m][group.members()[i]] = group.targets()[m][i];
        }
      }
      float[] predicted = replica.predictions(images.pixels(from, count), context, blocks);
      int at = 0;
      for (int[][] block : blocks) {
        for (int i = 0; i < count; i++) {
          for (int patch : block[i]) {
            int target = i * means.length + patch * width;
            for (int d = 0; d < width; d++) {
              ofPredictor += smoothL1(predicted[at++] - targets[target + d]);
              ofPosition += smoothL1(means[patch * width + d] - targets[target + d]);
            }
          }
        }
      }
      elements += at;
    }
  }

  private static double smoothL1(double difference) {
    double size = Math.abs(difference);
    return size < 1 ? size * size / 2 : size - 0.5;
  }
}
