package org.ijepa.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;

/**
 * Proves from a ledger that a run used what it should: that its steps follow one another from 0
 * with an intact chain of hashes, that no place was used twice, and that in each complete epoch
 * every sample (but for the tail) stood at exactly one used place.
 *
 * <p>Time is that of all places of the run, memory a bit for each place and sample of the epochs
 * that are under way.
 */
public final class LedgerVerifier {
  /** Problems that are told one by one. */
  private static final int TOLD = 20;

  private final LedgerHeader header;
  private final SampleOrder order;
  private final Map<Long, OpenEpoch> open = new TreeMap<>();
  private final Map<Long, LedgerReport.EpochUse> closed = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();
  private final List<Long> skippedSteps = new ArrayList<>();
  private long untold;

  private LedgerVerifier(LedgerHeader header) {
    this.header = header;
    this.order = header.order();
  }

  /**
   * Verifies a ledger.
   *
   * @throws IllegalArgumentException if the numbers in the header do not go together
   */
  public static LedgerReport verify(LedgerHeader header, List<LedgerEntry> entries) {
    return new LedgerVerifier(header).verify(entries);
  }

  private LedgerReport verify(List<LedgerEntry> entries) {
    String head = header.hash();
    long expected = 0;
    // A header that the first entry does not continue says nothing about the order of samples.
    boolean trusted = entries.isEmpty() || entries.get(0).follows(head);
    for (LedgerEntry entry : entries) {
      if (entry.step() != expected) {
        problem("step " + entry.step() + " stands where step " + expected + " should");
      }
      if (!entry.follows(head)) {
        problem(
            "the hash of step "
                + entry.step()
                + " does not continue "
                + (expected == 0 ? "the header" : "the chain")
                + ": this line or one before it was changed");
      }
      if (trusted) {
        use(entry);
      }
      head = entry.hash();
      expected = entry.step() + 1;
    }
    open.forEach((number, epoch) -> closed.put(number, epoch.close(number)));
    if (untold > 0) {
      problems.add("and " + untold + " more");
    }
    return new LedgerReport(
        problems, entries.size(), skippedSteps, new ArrayList<>(closed.values()));
  }

  private void use(LedgerEntry entry) {
    if (entry.step() >= order.maxSteps()) {
      problem("step " + entry.step() + " is past the last that any run can have");
      return;
    }
    if (entry.skipped()) {
      skippedSteps.add(entry.step());
    }
    int substitutes = 0;
    for (int slot = 0; slot < order.globalBatch(); slot++) {
      Place place = order.place(entry.step(), slot);
      if (closed.containsKey(place.epoch())) {
        problem(at(entry, slot) + " is of epoch " + place.epoch() + ", which was complete");
        continue;
      }
      OpenEpoch epoch = open.computeIfAbsent(place.epoch(), number -> new OpenEpoch());
      epoch.use(entry, slot, place);
      if (substitutes < entry.substitutes().size()
          && entry.substitutes().get(substitutes).slot() == slot) {
        int attempt = entry.substitutes().get(substitutes).attempt();
        long substitute = order.substitute(place, attempt);
        epoch.substitutes.add(
            new LedgerReport.SubstituteUse(
                entry.step(), slot, place.sample(), attempt, substitute));
        substitutes++;
      }
      if (epoch.placesUsed == order.placesPerEpoch()) {
        closed.put(place.epoch(), epoch.close(place.epoch()));
        open.remove(place.epoch());
      }
    }
    if (substitutes < entry.substitutes().size()) {
      problem(
          "step "
              + entry.step()
              + " names a substitute at slot "
              + entry.substitutes().get(substitutes).slot()
              + " of a global batch of "
              + order.globalBatch());
    }
  }

  private static String at(LedgerEntry entry, int slot) {
    return "the place of step " + entry.step() + ", slot " + slot;
  }

  private void problem(String text) {
    if (problems.size() < TOLD) {
      problems.add(text);
    } else {
      untold++;
    }
  }

  /** An epoch not all of whose places were met yet. */
  private final class OpenEpoch {
    private final Bits places = new Bits(order.placesPerEpoch());
    private final Bits samples = new Bits(order.samples());
    private final List<LedgerReport.SubstituteUse> substitutes = new ArrayList<>();
    private long placesUsed;
    private long placesSkipped;
    private long differentSamples;

    void use(LedgerEntry entry, int slot, Place place) {
      if (!places.add(place.position())) {
        problem(
            at(entry, slot)
                + " is position "
                + place.position()
                + " of epoch "
                + place.epoch()
                + ", which was used before");
        return;
      }
      placesUsed++;
      placesSkipped += entry.skipped() ? 1 : 0;
      if (samples.add(place.sample())) {
        differentSamples++;
      } else {
        problem(
            at(entry, slot)
                + " has sample "
                + place.sample()
                + ", which was used before in epoch "
                + place.epoch());
      }
    }

    LedgerReport.EpochUse close(long number) {
      return new LedgerReport.EpochUse(
          number,
          order.placesPerEpoch(),
          placesUsed,
          placesSkipped,
          differentSamples,
          order.samples() - order.placesPerEpoch(),
          substitutes);
    }
  }

  /** A set of numbers below a bound that may be past what {@code BitSet} holds. */
  private static final class Bits {
    private final long[] words;

    Bits(long bound) {
      this.words = new long[Math.toIntExact((bound + Long.SIZE - 1) / Long.SIZE)];
    }

    /** Adds a number; false if it was there. */
    boolean add(long number) {
      int word = (int) (number / Long.SIZE);
      long bit = 1L << number;
      boolean isNew = (words[word] & bit) == 0;
      words[word] |= bit;
      return isNew;
    }
  }
}
