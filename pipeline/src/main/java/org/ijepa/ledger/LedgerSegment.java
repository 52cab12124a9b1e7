package org.ijepa.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A part of a ledger that can be read by itself: the header and the entries of consecutive steps.
 *
 * @param firstStep of the entries, or the next step where there are none
 */
public record LedgerSegment(LedgerHeader header, long firstStep, List<LedgerEntry> entries) {
  /** Steps in every segment but the last; about a megabyte. */
  public static final int STEPS = 10_000;

  /** The one without a number is the whole ledger, as earlier versions wrote it. */
  private static final Pattern NAME = Pattern.compile("ledger(-\\d{9,18})?\\.jsonl");

  /** Copies the entries. */
  public LedgerSegment {
    entries = List.copyOf(entries);
  }

  /**
   * A ledger's segments, one at least.
   *
   * @param entries from step 0 on
   * @param steps in every segment but the last
   */
  public static List<LedgerSegment> of(LedgerHeader header, List<LedgerEntry> entries, int steps) {
    List<LedgerSegment> segments = new ArrayList<>();
    for (int from = 0; from == 0 || from < entries.size(); from += steps) {
      int to = Math.min(entries.size(), from + steps);
      segments.add(new LedgerSegment(header, from, entries.subList(from, to)));
    }
    return segments;
  }

  /** Whether a file of a checkpoint is a segment; sorted by name, segments are in order. */
  public static boolean isName(String file) {
    return NAME.matcher(file).matches();
  }

  /** Name of its file, {@code ledger-000010000.jsonl}. */
  public String name() {
    return String.format(Locale.ROOT, "ledger-%09d.jsonl", firstStep);
  }

  /** The bytes of its file. */
  public byte[] encode() {
    return LedgerFile.encode(header, entries);
  }
}
