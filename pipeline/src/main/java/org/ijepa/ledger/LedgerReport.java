package org.ijepa.ledger;

import java.util.List;

/**
 * What a ledger proves.
 *
 * @param problems what is wrong, a line each; empty if nothing is
 * @param steps how many steps it holds
 * @param skippedSteps steps whose places were used without effect on the weights
 * @param sources what each source gave
 * @param epochs of the first source in order, then those of the next; the last of each may be
 *     incomplete
 */
public record LedgerReport(
    List<String> problems,
    long steps,
    List<Long> skippedSteps,
    List<SourceUse> sources,
    List<EpochUse> epochs) {
  /** Copies the lists. */
  public LedgerReport {
    problems = List.copyOf(problems);
    skippedSteps = List.copyOf(skippedSteps);
    sources = List.copyOf(sources);
    epochs = List.copyOf(epochs);
  }

  /** Whether the chain is whole and every place and sample was used as it should. */
  public boolean isIntact() {
    return problems.isEmpty();
  }

  /**
   * The use of one source.
   *
   * @param perMille its share of each thousand places of a stream
   * @param samples that it has
   * @param placesUsed of all its epochs
   */
  public record SourceUse(int perMille, long samples, long placesUsed) {}

  /**
   * The use of one epoch of a source.
   *
   * @param source from 0
   * @param epoch from 0
   * @param places of the epoch's permuted sequence that are to be used
   * @param placesUsed how many of them were; all, when the epoch is complete
   * @param placesSkipped how many of the used ones belong to skipped steps
   * @param samples different samples that stand at the used places
   * @param tail samples left out of the epoch, because they fill no global batch
   * @param substitutes the places whose own sample could not be read, in the order of their use
   */
  public record EpochUse(
      int source,
      long epoch,
      long places,
      long placesUsed,
      long placesSkipped,
      long samples,
      long tail,
      List<SubstituteUse> substitutes) {
    /** Copies the list. */
    public EpochUse {
      substitutes = List.copyOf(substitutes);
    }

    /** Whether all its places were used. */
    public boolean isComplete() {
      return placesUsed == places;
    }
  }

  /**
   * A sample that was used in the place of another.
   *
   * @param step in which
   * @param slot of the step's global batch
   * @param sample which could not be read, by its number in its source
   * @param attempt number of the substitute
   * @param substitute which was used instead, of the same source
   */
  public record SubstituteUse(long step, int slot, long sample, int attempt, long substitute) {}
}
