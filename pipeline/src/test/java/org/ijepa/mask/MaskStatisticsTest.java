package org.ijepa.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.ijepa.order.Place;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frequencies of patches and distributions of lengths over many groups. */
final class MaskStatisticsTest {
  private static final int TARGETS = 4;

  /** What many shares of masks look like. */
  private static final class Tally {
    final int cells;
    final double[] context;
    final double[] contextSquares;
    final double[] target;
    final double[] targetSquares;
    final TreeMap<Integer, Integer> contextLengths = new TreeMap<>();
    final TreeMap<Integer, Integer> targetLengths = new TreeMap<>();
    int groups;
    long kept;
    long before;
    long overlaps;

    Tally(MaskRules rules, int steps, int shareSize) {
      this.cells = rules.side() * rules.side();
      this.context = new double[cells];
      this.contextSquares = new double[cells];
      this.target = new double[cells];
      this.targetSquares = new double[cells];
      MaskSampler sampler = new MaskSampler(rules, 2023);
      for (int step = 0; step < steps; step++) {
        List<Place> share = new ArrayList<>();
        for (int i = 0; i < shareSize; i++) {
          share.add(new Place(0, (long) step * shareSize + i, 0));
        }
        sampler.groups(step, share).forEach(this::add);
      }
    }

    private void add(MaskGroup group) {
      double[] contextHere = new double[cells];
      double[] targetHere = new double[cells];
      for (int b = 0; b < group.size(); b++) {
        boolean[] isTarget = new boolean[cells];
        for (int m = 0; m < TARGETS; m++) {
          for (int patch : group.targets()[m][b]) {
            isTarget[patch] = true;
            targetHere[patch] += 1.0 / (group.size() * TARGETS);
          }
        }
        for (int patch : group.context()[b]) {
          overlaps += isTarget[patch] ? 1 : 0;
          contextHere[patch] += 1.0 / group.size();
        }
      }
      for (int patch = 0; patch < cells; patch++) {
        context[patch] += contextHere[patch];
        contextSquares[patch] += contextHere[patch] * contextHere[patch];
        target[patch] += targetHere[patch];
        targetSquares[patch] += targetHere[patch] * targetHere[patch];
      }
      contextLengths.merge(group.contextLength(), 1, Integer::sum);
      targetLengths.merge(group.targetLength(), 1, Integer::sum);
      kept += (long) group.size() * group.contextLength();
      before += group.patchesBeforeCut();
      groups++;
    }

    double frequency(double[] sums, int patch) {
      return sums[patch] / groups;
    }

    /** Deviation of the frequency from group to group. */
    double deviation(double[] sums, double[] squares, int patch) {
      double mean = sums[patch] / groups;
      return Math.sqrt(Math.max(0, squares[patch] / groups - mean * mean));
    }
  }

  /**
   * The recorded frequencies are means over 160 groups, ours over ten times as many: both err by
   * the deviation between groups over the root of their number. Allowed are four such errors, and
   * 0.003 for patches that hardly differ between groups; for the lengths' distributions the
   * Kolmogorov-Smirnov distance that one pair of samples in a thousand exceeds.
   */
  @ParameterizedTest
  @CsvSource({"masks-vit-16-at-224.json, 14", "masks-vit-14-at-224.json, 16"})
  void shouldAgreeWithThePublishedSamplerInTheReferenceMode(String file, int side)
      throws IOException {
    JsonNode recorded = RecordedMasks.read(file);
    assertThat(recorded.get("grid").intValue()).isEqualTo(side);
    int recordedGroups = recorded.get("batches").intValue();
    int groups = 10 * recordedGroups;
    Tally tally = new Tally(MaskRules.reference(side), groups, recorded.get("batch").intValue());
    double[] context = RecordedMasks.doubles(recorded.get("context_frequency"));
    double[] target = RecordedMasks.doubles(recorded.get("target_frequency"));
    double rootOfSum = Math.sqrt(1.0 / recordedGroups + 1.0 / groups);
    for (int patch = 0; patch < tally.cells; patch++) {
      double contextError = tally.deviation(tally.context, tally.contextSquares, patch) * rootOfSum;
      double targetError = tally.deviation(tally.target, tally.targetSquares, patch) * rootOfSum;
      assertThat(Math.abs(tally.frequency(tally.context, patch) - context[patch]))
          .as("context at patch %d", patch)
          .isLessThan(4 * contextError + 0.003);
      assertThat(Math.abs(tally.frequency(tally.target, patch) - target[patch]))
          .as("target at patch %d", patch)
          .isLessThan(4 * targetError + 0.003);
    }
    double limit = 1.95 * rootOfSum;
    assertThat(distance(tally.contextLengths, lengths(recorded.get("context_lengths"))))
        .isLessThan(limit);
    assertThat(distance(tally.targetLengths, lengths(recorded.get("target_lengths"))))
        .isLessThan(limit);
  }

  private static NavigableMap<Integer, Integer> lengths(JsonNode counts) {
    TreeMap<Integer, Integer> lengths = new TreeMap<>();
    counts
        .fields()
        .forEachRemaining(
            field -> lengths.put(Integer.valueOf(field.getKey()), field.getValue().intValue()));
    return lengths;
  }

  /** The largest difference between two cumulative distributions. */
  private static double distance(
      NavigableMap<Integer, Integer> one, NavigableMap<Integer, Integer> other) {
    double largest = 0;
    for (int length = 0; length <= 1_024; length++) {
      largest = Math.max(largest, Math.abs(share(one, length) - share(other, length)));
    }
    return largest;
  }

  private static double share(NavigableMap<Integer, Integer> counts, int upTo) {
    double below = counts.headMap(upTo, true).values().stream().mapToInt(i -> i).sum();
    return below / counts.values().stream().mapToInt(i -> i).sum();
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 16})
  void shouldKeepNineTenthsOfTheContextWhenCorrected(int side) {
    Tally corrected = new Tally(MaskRules.corrected(side), 640, 128);
    Tally reference = new Tally(MaskRules.reference(side), 160, 128);
    assertThat((double) corrected.kept / corrected.before).isGreaterThan(0.91);
    assertThat((double) reference.kept / reference.before).isLessThan(0.7);
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 16, 28})
  void shouldBalanceThePatchesWhenCorrected(int side) {
    Tally tally = new Tally(MaskRules.corrected(side), 640, 128);
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        int patch = row * side + column;
        double frequency = tally.frequency(tally.context, patch);
        assertThat(frequency).as("context at %d, %d", row, column).isGreaterThan(0.05);
        assertThat(tally.frequency(tally.target, patch)).isGreaterThan(0.5 / (side * side));
        for (int mirrored :
            new int[] {(side - 1 - row) * side + column, row * side + side - 1 - column}) {
          assertThat(tally.frequency(tally.context, mirrored))
              .as("mirror image of %d, %d", row, column)
              .isCloseTo(frequency, within(0.02));
        }
      }
    }
    assertThat(tally.overlaps).isZero();
  }

  /** Targets lie over the centre more often than over a corner, so that some imbalance remains. */
  @ParameterizedTest
  @ValueSource(ints = {14, 16})
  void shouldFavourTheCornerFarLessWhenCorrected(int side) {
    Tally corrected = new Tally(MaskRules.corrected(side), 320, 128);
    Tally reference = new Tally(MaskRules.reference(side), 320, 128);
    int centre = side * side / 2 + side / 2;
    assertThat(corrected.frequency(corrected.context, centre))
        .isGreaterThan(0.2 * corrected.frequency(corrected.context, 0));
    assertThat(reference.frequency(reference.context, centre))
        .isLessThan(0.1 * reference.frequency(reference.context, 0));
  }
}
