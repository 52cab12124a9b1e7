package org.ijepa.ledger;

import java.util.List;

/** Makes the entries of a ledger, one committed step after another. For one thread. */
public final class LedgerChain {
  private String head;
  private long nextStep;

  private LedgerChain(String head, long nextStep) {
    this.head = head;
    this.nextStep = nextStep;
  }

  /** The chain of a run that begins with step 0. */
  public static LedgerChain begin(LedgerHeader header) {
    return new LedgerChain(header.hash(), 0);
  }

  /**
   * The chain that goes on where another one ended.
   *
   * @param head hash of the entry of step {@code nextStep} - 1, or of the header
   * @param nextStep the next step to run
   */
  public static LedgerChain resume(String head, long nextStep) {
    return new LedgerChain(head, nextStep);
  }

  /** Hash of the last entry, or of the header. */
  public String head() {
    return head;
  }

  /** The step that is appended next. */
  public long nextStep() {
    return nextStep;
  }

  /**
   * Appends the entry of the next step.
   *
   * @param substitutes by ascending slot
   * @throws IllegalArgumentException if {@code step} is another one
   */
  public LedgerEntry append(long step, boolean skipped, List<Substitute> substitutes, double loss) {
    if (step != nextStep) {
      throw new IllegalArgumentException(
          "step " + step + " cannot be appended to a ledger that goes on with step " + nextStep);
    }
    String hash = LedgerHash.next(head, step, skipped, substitutes, loss);
    LedgerEntry entry = new LedgerEntry(step, skipped, substitutes, loss, hash);
    head = hash;
    nextStep++;
    return entry;
  }
}
