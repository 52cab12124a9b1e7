package org.ijepa.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.order.Place;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class MaskSamplerTest {
  private static List<Place> share(long epoch, long first, int count) {
    List<Place> share = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      share.add(new Place(epoch, first + i, 1_000 - i));
    }
    return share;
  }

  private static Set<Integer> block(MaskRules rules, BlockSize size, KeyedRandom random) {
    int slack = rules.places() == MaskRules.Places.FULL ? 1 : 0;
    int top = random.nextInt(Math.max(1, rules.side() - size.height() + slack));
    int left = random.nextInt(Math.max(1, rules.side() - size.width() + slack));
    Set<Integer> patches = new TreeSet<>();
    for (int patch = 0; patch < rules.side() * rules.side(); patch++) {
      int row = patch / rules.side() - top;
      int column = patch % rules.side() - left;
      if (row >= 0 && row < size.height() && column >= 0 && column < size.width()) {
        patches.add(patch);
      }
    }
    return patches;
  }

  /** One image's context, then its targets, by sets and the words of the rules. */
  private static List<Set<Integer>> naive(
      MaskRules rules, BlockSizes sizes, long seed, Place place) {
    RandomKey key = RandomKey.of(seed, "mask-place").with(place.epoch()).with(place.position());
    List<Set<Integer>> best = List.of(new TreeSet<>());
    for (int attempt = 0; attempt < 20 || best.get(0).isEmpty(); attempt++) {
      KeyedRandom random = key.with(attempt).stream();
      List<Set<Integer>> targets = new ArrayList<>();
      for (int m = 0; m < rules.targets(); m++) {
        targets.add(block(rules, sizes.target(), random));
      }
      boolean full = rules.places() == MaskRules.Places.FULL;
      for (int failures = 0; ; failures++) {
        Set<Integer> context = block(rules, sizes.context(), random);
        int constraining = full ? targets.size() : Math.max(0, targets.size() - failures / 20);
        targets.subList(0, constraining).forEach(context::removeAll);
        if (context.size() > best.get(0).size()) {
          best = new ArrayList<>(targets);
          best.add(0, context);
        }
        if (context.size() > rules.minKeep()) {
          List<Set<Integer>> found = new ArrayList<>(targets);
          found.add(0, context);
          return found;
        }
        if (full) {
          break;
        }
      }
    }
    return best;
  }

  private static MaskRules rules(
      int side, int targets, double maxTargetScale, int minKeep, MaskRules published) {
    return new MaskRules(
        side,
        targets,
        0.15,
        maxTargetScale,
        0.75,
        1.5,
        0.7,
        1.0,
        minKeep,
        published.draws(),
        published.places(),
        published.cap(),
        published.cut(),
        4);
  }

  @Property(tries = 200)
  void shouldAgreeWithSets(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 1_000_000) int step,
      @ForAll @IntRange(min = 6, max = 12) int side,
      @ForAll @IntRange(min = 1, max = 7) int targets,
      @ForAll @IntRange(min = 1, max = 4) int groups,
      @ForAll boolean corrected) {
    // Small grids and large targets, so that retries and relaxation are met.
    MaskRules published = corrected ? MaskRules.corrected(16) : MaskRules.reference(16);
    MaskRules rules = rules(side, targets, 0.4, 3, published);
    MaskSampler sampler = new MaskSampler(rules, seed);
    List<Place> share = share(2, step, 4 * groups);
    BlockSizes sizes = sampler.sizes(step);
    List<List<Set<Integer>>> naive =
        share.stream().map(place -> naive(rules, sizes, seed, place)).toList();
    List<Integer> order = IntStream.range(0, share.size()).boxed().collect(Collectors.toList());
    if (corrected) {
      order.sort((a, b) -> Integer.compare(naive.get(a).get(0).size(), naive.get(b).get(0).size()));
    }
    List<MaskGroup> found = sampler.groups(step, share);
    int groupSize = corrected ? 4 : share.size();
    assertThat(found).hasSize(share.size() / groupSize);
    for (int g = 0; g < found.size(); g++) {
      MaskGroup group = found.get(g);
      List<Integer> members = order.subList(g * groupSize, (g + 1) * groupSize);
      assertThat(group.members()).containsExactly(members.stream().mapToInt(i -> i).toArray());
      int shortest = members.stream().mapToInt(i -> naive.get(i).get(0).size()).min().orElseThrow();
      long before = members.stream().mapToLong(i -> naive.get(i).get(0).size()).sum();
      assertThat(group.contextLength()).isEqualTo(shortest);
      assertThat(group.patchesBeforeCut()).isEqualTo(before);
      for (int b = 0; b < groupSize; b++) {
        List<Set<Integer>> expected = naive.get(members.get(b));
        List<Integer> context = boxed(group.context()[b]);
        assertThat(context).hasSize(shortest).isSorted().doesNotHaveDuplicates();
        if (corrected) {
          assertThat(expected.get(0)).containsAll(context);
        } else {
          assertThat(context).isEqualTo(expected.get(0).stream().limit(shortest).toList());
        }
        for (int m = 0; m < targets; m++) {
          assertThat(boxed(group.targets()[m][b])).isEqualTo(List.copyOf(expected.get(m + 1)));
          if (corrected) {
            assertThat(boxed(group.targets()[m][b])).doesNotContainAnyElementsOf(context);
          }
        }
      }
    }
  }

  private static List<Integer> boxed(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Test
  void shouldKeepTheMasksOfAPlaceWhateverItsNeighboursAndSample() {
    MaskSampler sampler = new MaskSampler(MaskRules.reference(14), 5);
    MaskGroup alone = sampler.groups(9, List.of(new Place(1, 77, 3))).get(0);
    MaskGroup among = sampler.groups(9, share(1, 70, 16)).get(0);
    for (int m = 0; m < 4; m++) {
      assertThat(among.targets()[m][7]).isEqualTo(alone.targets()[m][0]);
    }
    assertThat(among.context()[7])
        .isEqualTo(Arrays.copyOf(alone.context()[0], among.contextLength()));
  }

  @Test
  void shouldDrawOtherPlacesInAnotherEpoch() {
    MaskSampler sampler = new MaskSampler(MaskRules.corrected(14), 5);
    MaskGroup one = sampler.groups(9, share(1, 0, 32)).get(0);
    MaskGroup other = sampler.groups(9, share(2, 0, 32)).get(0);
    assertThat(Arrays.deepEquals(one.targets(), other.targets())).isFalse();
  }

  @Test
  void shouldCutEachPatchEquallyOften() {
    MaskSampler sampler = new MaskSampler(MaskRules.corrected(14), 5);
    int[] kept = new int[10];
    int rounds = 4_000;
    for (int round = 0; round < rounds; round++) {
      MaskSampler.Drawn[] drawn = {
        new MaskSampler.Drawn(0, new Place(0, 2L * round, 0), mask(10)),
        new MaskSampler.Drawn(1, new Place(0, 2L * round + 1, 0), mask(7))
      };
      for (int patch : sampler.cut(drawn).context()[0]) {
        kept[patch]++;
      }
    }
    // Each of ten patches is kept with probability 0.7: deviation sqrt(0.21 rounds) = 29.
    for (int count : kept) {
      assertThat(count).isBetween(2_800 - 5 * 29, 2_800 + 5 * 29);
    }
  }

  private static ImageMask mask(int contextLength) {
    int[][] targets = {{20}, {21}, {22}, {23}};
    return new ImageMask(IntStream.range(0, contextLength).toArray(), targets);
  }

  @Test
  void shouldRefuseAShareThatTheGroupDoesNotDivide() {
    MaskSampler sampler = new MaskSampler(MaskRules.corrected(14), 5);
    assertThatThrownBy(() -> sampler.groups(0, share(0, 0, 33)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nearest values that fit: 11 and 33");
  }
}
