package org.ijepa.mask;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.mask.MaskRules.Cap;
import org.ijepa.mask.MaskRules.Cut;
import org.ijepa.mask.MaskRules.Draws;
import org.ijepa.mask.MaskRules.Places;
import org.ijepa.order.Place;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * Multi-block masks (Assran et al. 2023, appendix A.1): block sizes are drawn once per step, places
 * per sample by (seed, epoch, position), so that masks depend neither on the sample that stands
 * there nor on who asks.
 */
public final class MaskSampler {
  private static final int REDRAWS = 20;

  /** Sizes are checked at this many points of each range of scales and aspects. */
  private static final int PROBES = 65;

  private final MaskRules rules;
  private final RandomKey sizeKey;
  private final RandomKey placeKey;
  private final RandomKey cutKey;

  /**
   * A sampler for a run.
   *
   * @throws IllegalArgumentException if a target size that can be drawn has too few patches, or the
   *     context block can never keep enough
   */
  public MaskSampler(MaskRules rules, long seed) {
    this.rules = rules;
    sizeKey = RandomKey.of(seed, "mask-size");
    placeKey = RandomKey.of(seed, "mask-place");
    cutKey = RandomKey.of(seed, "mask-cut");
    checkSizes();
  }

  private void checkSizes() {
    for (int i = 0; i < PROBES; i++) {
      for (int j = 0; j < PROBES; j++) {
        double scale = (double) i / (PROBES - 1);
        double aspect = rules.draws() == Draws.ONE ? scale : (double) j / (PROBES - 1);
        BlockSizes sizes = sizes(scale, aspect, scale);
        checkSize("target", sizes.targetHeight(), sizes.targetWidth());
        checkSize("context", sizes.contextHeight(), sizes.contextWidth());
      }
    }
  }

  private void checkSize(String name, int height, int width) {
    int most = rules.cap() == Cap.SIDE ? rules.side() : rules.side() - 1;
    boolean placeable = rules.places() == Places.FULL || Math.max(height, width) < rules.side();
    if (height < 1
        || width < 1
        || height * width <= rules.minKeep()
        || Math.max(height, width) > most
        || !placeable) {
      throw new IllegalArgumentException(
          "a "
              + name
              + " block of "
              + height
              + " x "
              + width
              + " patches on a grid of "
              + rules.side()
              + " x "
              + rules.side()
              + " can never be valid: it needs more than mask.min-keep = "
              + rules.minKeep()
              + " patches; use a smaller patch, a larger image, a larger scale or a lower min-keep");
    }
  }

  /** Sizes of the blocks of a step (from 0), the same for all its samples. */
  public BlockSizes sizes(long step) {
    KeyedRandom random = sizeKey.with(step).stream();
    double scale = random.nextDouble();
    double aspect = rules.draws() == Draws.ONE ? scale : random.nextDouble();
    return sizes(scale, aspect, random.nextDouble());
  }

  BlockSizes sizes(double targetScale, double targetAspect, double contextScale) {
    double aspect = rules.targetAspect().at(targetAspect);
    int target = (int) Math.floor(rules.patches() * rules.targetScale().at(targetScale));
    int context = (int) Math.floor(rules.patches() * rules.contextScale().at(contextScale));
    int contextSide = capped(StrictMath.sqrt(context));
    return new BlockSizes(
        capped(StrictMath.sqrt(target * aspect)),
        capped(StrictMath.sqrt(target / aspect)),
        contextSide,
        contextSide);
  }

  /** The nearest whole number, halves to even, within the largest block. */
  private int capped(double extent) {
    int most = rules.cap() == Cap.SIDE ? rules.side() : rules.side() - 1;
    return Math.min(most, (int) Math.rint(extent));
  }

  /**
   * The masks of one stream's share of a step.
   *
   * @param share what stands at the share's places, in order
   * @return groups in order of execution; together they hold each sample of the share once
   */
  public List<MaskGroup> groups(long step, List<Place> share) {
    BlockSizes sizes = sizes(step);
    List<ImageMasks> masks = new ArrayList<>(share.size());
    for (Place place : share) {
      masks.add(masks(sizes, place));
    }
    return groups(masks, share);
  }

  private ImageMasks masks(BlockSizes sizes, Place place) {
    RandomKey key = placeKey.with(place.epoch()).with(place.position());
    if (rules.places() == Places.SHORT) {
      return ImageMasks.draw(rules, sizes, key.stream()::nextInt);
    }
    ImageMasks best = null;
    for (int attempt = 0; attempt < REDRAWS; attempt++) {
      ImageMasks drawn = ImageMasks.draw(rules, sizes, key.with(attempt).stream()::nextInt);
      if (drawn.context().length > rules.minKeep()) {
        return drawn;
      }
      if (best == null || drawn.context().length > best.context().length) {
        best = drawn;
      }
    }
    if (best.context().length == 0) {
      throw new IllegalStateException(
          "the targets left no context patch in "
              + REDRAWS
              + " draws; lower mask.target-scale or mask.targets");
    }
    return best;
  }

  List<MaskGroup> groups(List<ImageMasks> masks, List<Place> share) {
    int[] all = IntStream.range(0, masks.size()).toArray();
    if (rules.cut() == Cut.PREFIX) {
      return List.of(group(all, masks, share));
    }
    // Sorted by length, little is cut; equal lengths stay in the order of their places.
    int[] sorted =
        IntStream.of(all)
            .boxed()
            .sorted(Comparator.comparingInt(i -> masks.get(i).context().length))
            .mapToInt(Integer::intValue)
            .toArray();
    List<MaskGroup> groups = new ArrayList<>();
    for (int from = 0; from < sorted.length; from += rules.groupSize()) {
      int to = Math.min(sorted.length, from + rules.groupSize());
      groups.add(group(Arrays.copyOfRange(sorted, from, to), masks, share));
    }
    return groups;
  }

  private MaskGroup group(int[] members, List<ImageMasks> masks, List<Place> share) {
    int shortest = Integer.MAX_VALUE;
    for (int member : members) {
      shortest = Math.min(shortest, masks.get(member).context().length);
    }
    int[][] context = new int[members.length][];
    int[][][] targets = new int[rules.targets()][members.length][];
    for (int i = 0; i < members.length; i++) {
      ImageMasks image = masks.get(members[i]);
      context[i] = cut(image.context(), shortest, share, members[i]);
      for (int m = 0; m < targets.length; m++) {
        targets[m][i] = image.target(m);
      }
    }
    return new MaskGroup(members, context, targets);
  }

  private int[] cut(int[] context, int length, List<Place> share, int member) {
    if (rules.cut() == Cut.PREFIX || context.length == length) {
      return Arrays.copyOf(context, length);
    }
    Place place = share.get(member);
    KeyedRandom random = cutKey.with(place.epoch()).with(place.position()).stream();
    // Selection sampling: one pass, ascending, every subset equally likely.
    int[] kept = new int[length];
    int at = 0;
    for (int i = 0; at < length; i++) {
      if (random.nextInt(context.length - i) < length - at) {
        kept[at++] = context[i];
      }
    }
    return kept;
  }
}
