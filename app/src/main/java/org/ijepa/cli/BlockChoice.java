package org.ijepa.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ijepa.probe.BestOf;
import org.ijepa.probe.FitProgress;
import org.ijepa.probe.LinearProbe;
import org.ijepa.probe.LinearProbe.Head;

/** Numbers of last blocks whose features are tried, side by side. */
final class BlockChoice {
  private final List<Integer> counts;

  /** What features are called that are of no block. */
  private final Optional<String> other;

  /** Numbers above the encoder's depth mean all of its blocks. */
  BlockChoice(List<Integer> counts, int depth) {
    this.other = Optional.empty();
    this.counts = counts.stream().map(count -> Math.min(count, depth)).distinct().sorted().toList();
  }

  private BlockChoice(String other) {
    counts = List.of(1);
    this.other = Optional.of(other);
  }

  /** No blocks, one kind of features. */
  static BlockChoice none(String features) {
    return new BlockChoice(features);
  }

  /** All of them, ascending. */
  List<Integer> counts() {
    return counts;
  }

  /** The largest: rows of so many blocks hold all others. */
  int most() {
    return counts.get(counts.size() - 1);
  }

  /** Fits a linear probe to each number of blocks with each head; {@code progress} hears of it. */
  BestOf linear(
      float[][] train, int[] known, float[][] test, int[] asked, long seed, FitProgress progress) {
    List<BestOf.Tried> tried = new ArrayList<>();
    List<Head> heads = List.of(Head.PLAIN, Head.BATCH_NORM);
    int probes = counts.size() * heads.size();
    for (int count : counts) {
      float[][] fitted = last(train, count);
      float[][] tested = last(test, count);
      for (Head head : heads) {
        int before = tried.size();
        tried.add(
            new BestOf.Tried(
                other.orElse(count == 1 ? "last block" : "last " + count + " blocks"),
                LinearProbe.fit(
                    fitted,
                    known,
                    tested,
                    asked,
                    seed,
                    LinearProbe.Options.defaults().with(head),
                    (fits, of, made) -> progress.at(before * of + fits, probes * of, made))));
      }
    }
    return new BestOf(tried);
  }

  /** The last {@code count} blocks of rows that hold {@link #most}. */
  float[][] last(float[][] rows, int count) {
    return Arrays.stream(rows)
        .map(row -> Arrays.copyOfRange(row, row.length / most() * (most() - count), row.length))
        .toArray(float[][]::new);
  }
}
