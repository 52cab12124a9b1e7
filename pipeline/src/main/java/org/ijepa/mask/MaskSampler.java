package org.ijepa.mask;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.ijepa.order.Place;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * The masks of every step of a run: a pure function of (seed, step) for the sizes of blocks and of
 * (seed, source, epoch, position) for their places, never of a sample, a node or a thread.
 *
 * <p>Source: Assran et al. 2023, section 3 and appendix A; what differs between the published
 * sampler and the corrected one is said in {@link MaskRules}. Safe for use by several threads.
 */
public final class MaskSampler {
  /** No mask depends on the sample. */
  private static final long NO_SAMPLE = -1;

  private static final Comparator<Drawn> BY_LENGTH_THEN_PLACE =
      Comparator.<Drawn>comparingInt(drawn -> drawn.mask().context().length)
          .thenComparingInt(drawn -> drawn.place().source())
          .thenComparingLong(drawn -> drawn.place().epoch())
          .thenComparingLong(drawn -> drawn.place().position());

  private final MaskRules rules;
  private final BlockRange targetRange;
  private final BlockRange contextRange;
  private final RandomKey sizeKey;
  private final RandomKey placeKey;
  private final RandomKey cutKey;

  /** A sample of a stream's share, and its mask before cutting. */
  record Drawn(int index, Place place, ImageMask mask) {}

  /** The masks that belong to {@code seed} under {@code rules}. */
  public MaskSampler(MaskRules rules, long seed) {
    this.rules = rules;
    this.targetRange = rules.targetRange();
    this.contextRange = rules.contextRange();
    this.sizeKey = RandomKey.of(seed, "mask-size");
    this.placeKey = RandomKey.of(seed, "mask-place");
    this.cutKey = RandomKey.of(seed, "mask-cut");
  }

  /** The sizes of all blocks of a step, the same in every stream. */
  public BlockSizes sizes(long step) {
    return sizes(MaskDraws.of(sizeKey.with(step).stream()));
  }

  /**
   * The masks of one stream's share of a step, in groups of one context length: with {@link
   * MaskRules.Cut#PREFIX} the share as it is, otherwise sorted by (context length, source, epoch,
   * position).
   *
   * @param step from 0
   * @param share the stream's places in this step, in order
   * @throws IllegalArgumentException if the group's size does not divide the share
   */
  public List<MaskGroup> groups(long step, List<Place> share) {
    int groupSize = rules.groupIn(share.size());
    BlockPlacer placer = new BlockPlacer(rules, sizes(step));
    Drawn[] drawn = new Drawn[share.size()];
    for (int index = 0; index < drawn.length; index++) {
      Place place = share.get(index);
      RandomKey key = place.key(placeKey);
      ImageMask mask = placer.place(attempt -> MaskDraws.of(key.with(attempt).stream()));
      drawn[index] = new Drawn(index, place, mask);
    }
    if (rules.cut() == MaskRules.Cut.RANDOM_SUBSET) {
      Arrays.sort(drawn, BY_LENGTH_THEN_PLACE);
    }
    List<MaskGroup> groups = new ArrayList<>();
    for (int start = 0; start < drawn.length; start += groupSize) {
      groups.add(cut(Arrays.copyOfRange(drawn, start, start + groupSize)));
    }
    return groups;
  }

  /** As above, for {@code count} positions of an epoch that follow one another. */
  public List<MaskGroup> groups(long step, long epoch, long first, int count) {
    return groups(
        step,
        LongStream.range(first, first + count)
            .mapToObj(position -> new Place(epoch, position, NO_SAMPLE))
            .toList());
  }

  BlockSizes sizes(MaskDraws draws) {
    BlockSize target = targetRange.draw(rules.draws(), draws);
    return new BlockSizes(target, contextRange.draw(rules.draws(), draws));
  }

  /** Cuts all contexts to the shortest of them. */
  MaskGroup cut(Drawn[] drawn) {
    int shortest = Integer.MAX_VALUE;
    long before = 0;
    for (Drawn one : drawn) {
      shortest = Math.min(shortest, one.mask().context().length);
      before += one.mask().context().length;
    }
    int[] members = new int[drawn.length];
    int[][] context = new int[drawn.length][];
    int[][][] targets = new int[rules.targets()][drawn.length][];
    for (int b = 0; b < drawn.length; b++) {
      members[b] = drawn[b].index();
      context[b] =
          rules.cut() == MaskRules.Cut.PREFIX
              ? Arrays.copyOf(drawn[b].mask().context(), shortest)
              : randomSubset(drawn[b].mask().context(), shortest, drawn[b].place());
      for (int m = 0; m < targets.length; m++) {
        targets[m][b] = drawn[b].mask().targets()[m];
      }
    }
    return new MaskGroup(members, context, targets, before);
  }

  /** Each subset of {@code count} patches is equally likely; their order stays ascending. */
  private int[] randomSubset(int[] patches, int count, Place place) {
    if (count == patches.length) {
      return patches;
    }
    KeyedRandom random = place.key(cutKey).stream();
    int[] subset = new int[count];
    int taken = 0;
    for (int i = 0; taken < count; i++) {
      if (random.nextInt(patches.length - i) < count - taken) {
        subset[taken++] = patches[i];
      }
    }
    return subset;
  }
}
