package org.ijepa.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.order.Place;
import org.ijepa.order.SourceShare;

/** Counts whether each thousand places of a stream that follow one another have the shares set. */
final class SourceShares {
  private final List<SourceShare> shares;
  private final long[] used;
  private final int share;

  /** Of each stream, the places of each source in the thousand under way. */
  private final int[][] under;

  private final List<String> problems = new ArrayList<>();

  SourceShares(LedgerHeader header) {
    shares = header.sources().stream().map(LedgerHeader.Source::share).toList();
    used = new long[shares.size()];
    share = header.globalBatch() / header.streams();
    under = new int[header.streams()][shares.size()];
  }

  /** Takes the places of a run in their order. */
  void use(long step, int slot, Place place) {
    int stream = slot / share;
    used[place.source()]++;
    if (shares.size() == 1) {
      return;
    }
    under[stream][place.source()]++;
    long turn = step * share + slot % share;
    if ((turn + 1) % SourceShare.WHOLE != 0) {
      return;
    }
    for (int source = 0; source < shares.size(); source++) {
      if (under[stream][source] != shares.get(source).perMille()) {
        problems.add(
            "stream %d had source %d at %d of its thousand places up to step %d, instead of %d"
                .formatted(
                    stream,
                    source + 1,
                    under[stream][source],
                    step,
                    shares.get(source).perMille()));
      }
      under[stream][source] = 0;
    }
  }

  List<String> problems() {
    return problems;
  }

  List<LedgerReport.SourceUse> uses() {
    return IntStream.range(0, used.length)
        .mapToObj(
            i ->
                new LedgerReport.SourceUse(
                    shares.get(i).perMille(), shares.get(i).samples(), used[i]))
        .toList();
  }
}
