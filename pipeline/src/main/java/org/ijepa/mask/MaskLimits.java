package org.ijepa.mask;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.ijepa.random.RandomKey;

/**
 * The longest that masks ever are, for each size of target blocks: a long context leaves room for
 * small targets alone, so that no one shape is the largest in both.
 *
 * <p>A context is longest where all targets lie in the corner opposite to its own. Yet a group is
 * cut to its shortest context, and that all of many have been so lucky does not happen: the limit
 * is the length that a group reaches with a probability of 1e-18, by Chernoff's bound for how many
 * of a share's contexts are that long, where this is less. (What {@link MaskRules.Places#SHORT}
 * lets overlap after many failures counts as often as it is seen.)
 */
public final class MaskLimits {
  private static final int SAMPLES = 2048;

  /** -ln of the probability that a group is longer. */
  private static final double NEVER = 18 * Math.log(10);

  private static final double DEVIATIONS = 6;

  /** What may be counted below this, although it was never seen, but for one time in a million. */
  private static final double UNSEEN = 14;

  private MaskLimits() {}

  /**
   * The limits.
   *
   * @param share samples of a stream's share of a step
   * @return a shape for each size of targets, some of which another one exceeds
   */
  public static List<MaskShape> of(MaskRules rules, int share) {
    // Published places never reach the last row and column.
    int span = rules.places() == MaskRules.Places.FULL ? rules.side() : rules.side() - 1;
    BlockSize context =
        rules.contextRange().all(rules.draws()).stream()
            .max(Comparator.comparingInt(BlockSize::patches))
            .orElseThrow();
    List<MaskShape> limits = new ArrayList<>();
    for (BlockSize target : rules.targetRange().all(rules.draws())) {
      int most = context.patches() - overlap(context, target, span);
      int[] lengths = lengths(rules, new BlockSizes(target, context));
      int likely = longest(lengths, share, rules.groupIn(share), most);
      limits.add(new MaskShape(Math.min(most, likely), target.patches()));
    }
    return limits;
  }

  /** What a target in the opposite corner of a grid of {@code span} has of a context. */
  private static int overlap(BlockSize context, BlockSize target, int span) {
    int rows = Math.max(0, context.height() + target.height() - span);
    int columns = Math.max(0, context.width() + target.width() - span);
    return Math.min(rows, target.height()) * Math.min(columns, target.width());
  }

  /** Lengths of contexts before they are cut, the longest first. */
  private static int[] lengths(MaskRules rules, BlockSizes sizes) {
    ContextLengths contexts = new ContextLengths(rules, sizes);
    RandomKey key = RandomKey.of(0, "mask-limits");
    int[] lengths = new int[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      RandomKey own = key.with(i);
      lengths[i] = -contexts.of(attempt -> MaskDraws.of(own.with(attempt).stream()));
    }
    Arrays.sort(lengths);
    return Arrays.stream(lengths).map(length -> -length).toArray();
  }

  /**
   * The longest that a share's longest group may be: {@code group} of {@code share} contexts are.
   *
   * @param lengths that were drawn, the longest first
   * @param most the answer where too few contexts make a group for luck to be left out
   */
  static int longest(int[] lengths, int share, int group, int most) {
    int limit = most;
    for (int seen = 0; seen < lengths.length && isNever(seen, share, group); seen++) {
      // Longer than this one are no more than those before it.
      limit = lengths[seen];
    }
    return limit;
  }

  /**
   * Whether {@code group} of {@code share} are never among what {@code seen} of all samples are.
   */
  private static boolean isNever(int seen, int share, int group) {
    double probability = (seen + DEVIATIONS * Math.sqrt(seen) + UNSEEN) / SAMPLES;
    double part = (double) group / share;
    if (probability >= part) {
      return false;
    }
    double others = part < 1 ? (1 - part) * Math.log((1 - part) / (1 - probability)) : 0;
    return share * (part * Math.log(part / probability) + others) >= NEVER;
  }
}
