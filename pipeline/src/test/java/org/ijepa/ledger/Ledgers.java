package org.ijepa.ledger;

import java.util.ArrayList;
import java.util.List;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;

/** Small ledgers to try things on. */
final class Ledgers {
  private Ledgers() {}

  static LedgerHeader header(long seed, long samples, int globalBatch, int streams, Tail tail) {
    return new LedgerHeader(
        LedgerHeader.FORMAT_VERSION,
        seed,
        samples,
        "00ffab",
        globalBatch,
        streams,
        tail,
        Shards.NONE);
  }

  /** 22 samples in global batches of 4 in 2 streams. */
  static LedgerHeader header() {
    return header(3, 22, 4, 2, Tail.DROP);
  }

  /** Step 2 is skipped, steps 1, 4, 7, ... have substitutes. */
  static List<LedgerEntry> entries(LedgerHeader header, int steps) {
    LedgerChain chain = LedgerChain.begin(header);
    List<LedgerEntry> entries = new ArrayList<>();
    for (long step = 0; step < steps; step++) {
      List<Substitute> substitutes =
          step % 3 == 1 ? List.of(new Substitute(0, 2), new Substitute(3, 1)) : List.of();
      double loss = step == 2 ? Double.NaN : 1.0 / (step + 3);
      entries.add(chain.append(step, step == 2, substitutes, loss));
    }
    return entries;
  }
}
