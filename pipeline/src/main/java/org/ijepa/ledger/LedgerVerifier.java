package org.ijepa.ledger;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;

/**
 * Proves from a ledger that a run used what it should: that its steps follow one another from 0
 * with an intact chain of hashes, that no place was used twice, that in each complete epoch of each
 * source every sample (but for the tail) stood at exactly one used place, and that of each thousand
 * places of a stream every source had its share.
 *
 * <p>Time is that of all places of the run, memory a bit for each place and sample of the epochs
 * that are under way.
 */
public final class LedgerVerifier {
  /** Problems that are told one by one. */
  private static final int TOLD = 20;

  private final LedgerHeader header;
  private final SampleOrder order;
  private final Map<EpochName, OpenEpoch> open = new TreeMap<>();
  private final Map<EpochName, LedgerReport.EpochUse> closed = new TreeMap<>();
  private final SourceShares shares;
  private final List<String> problems = new ArrayList<>();
  private final List<Long> skippedSteps = new ArrayList<>();
  private long untold;

  /** An epoch of a source. */
  private record EpochName(int source, long epoch) implements Comparable<EpochName> {
    private static final Comparator<EpochName> ORDER =
        Comparator.comparingInt(EpochName::source).thenComparingLong(EpochName::epoch);

    static EpochName of(Place place) {
      return new EpochName(place.source(), place.epoch());
    }

    @Override
    public int compareTo(EpochName other) {
      return ORDER.compare(this, other);
    }
  }

  private LedgerVerifier(LedgerHeader header) {
    this.header = header;
    this.order = header.order();
    shares = new SourceShares(header);
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
    open.forEach((name, epoch) -> closed.put(name, epoch.close(name)));
    shares.problems().forEach(this::problem);
    if (untold > 0) {
      problems.add("and " + untold + " more");
    }
    return new LedgerReport(
        problems, entries.size(), skippedSteps, shares.uses(), new ArrayList<>(closed.values()));
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
      EpochName name = EpochName.of(place);
      shares.use(entry.step(), slot, place);
      if (closed.containsKey(name)) {
        problem(at(entry, slot) + " is of epoch " + epoch(place) + ", which was complete");
        continue;
      }
      OpenEpoch epoch = open.computeIfAbsent(name, key -> new OpenEpoch(key.source()));
      epoch.use(entry, slot, place);
      if (substitutes < entry.substitutes().size()
          && entry.substitutes().get(substitutes).slot() == slot) {
        int attempt = entry.substitutes().get(substitutes).attempt();
        long first = order.firstSample(place.source());
        epoch.substitutes.add(
            new LedgerReport.SubstituteUse(
                entry.step(),
                slot,
                place.sample() - first,
                attempt,
                order.substitute(place, attempt) - first));
        substitutes++;
      }
      if (epoch.placesUsed == order.placesPerEpoch(place.source())) {
        closed.put(name, epoch.close(name));
        open.remove(name);
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

  /** An epoch's number, with its source's where there are several. */
  private String epoch(Place place) {
    return order.sources() == 1
        ? Long.toString(place.epoch())
        : place.epoch() + " of source " + (place.source() + 1);
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
    private final Bits places;
    private final Bits samples;
    private final List<LedgerReport.SubstituteUse> substitutes = new ArrayList<>();
    private long placesUsed;
    private long placesSkipped;
    private long differentSamples;

    OpenEpoch(int source) {
      places = new Bits(order.placesPerEpoch(source));
      samples = new Bits(order.samples(source));
    }

    void use(LedgerEntry entry, int slot, Place place) {
      if (!places.add(place.position())) {
        problem(
            at(entry, slot)
                + " is position "
                + place.position()
                + " of epoch "
                + epoch(place)
                + ", which was used before");
        return;
      }
      placesUsed++;
      placesSkipped += entry.skipped() ? 1 : 0;
      long sample = place.sample() - order.firstSample(place.source());
      if (samples.add(sample)) {
        differentSamples++;
      } else {
        problem(
            at(entry, slot)
                + " has sample "
                + sample
                + ", which was used before in epoch "
                + epoch(place));
      }
    }

    LedgerReport.EpochUse close(EpochName name) {
      long used = order.placesPerEpoch(name.source());
      return new LedgerReport.EpochUse(
          name.source(),
          name.epoch(),
          used,
          placesUsed,
          placesSkipped,
          differentSamples,
          order.samples(name.source()) - used,
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
