package org.ijepa.coordinator;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;

/**
 * Which findings are worth a line: what has changed, what is alarming, and how it was at the end.
 */
final class Findings {
  /**
   * Alarms in a row that are no passing moment: sound runs have had two, among their first 200
   * steps (bench/results/fashion-mnist-2026-11-30b.md).
   */
  private static final int LASTING = 4;

  private final long totalSteps;

  /** How often in a row the last word was said, by what it is about. */
  private final Map<String, Said> last = new HashMap<>();

  private record Said(String word, int times) {}

  Findings(long totalSteps) {
    this.totalSteps = totalSteps;
  }

  /** Takes a finding in; a line for people if there is something new in it. */
  Optional<String> heard(Finding finding) {
    boolean again = said(finding).word().equals(finding.word());
    last.put(finding.about(), new Said(finding.word(), again ? said(finding).times() + 1 : 1));
    boolean end = finding.step() + 1 == totalSteps;
    if (again && !end && !isAlarm(finding)) {
      return Optional.empty();
    }
    return Optional.of(
        (isAlarm(finding) ? "ALARM: " : "")
            + finding.about()
            + " after step "
            + finding.step()
            + ": "
            + finding.text());
  }

  /** Whether an alarm that was heard is one of so many in a row that it will not pass. */
  boolean isLastingAlarm(Finding finding) {
    return isAlarm(finding) && said(finding).times() >= LASTING;
  }

  private Said said(Finding finding) {
    return last.getOrDefault(finding.about(), new Said("", 0));
  }

  private static boolean isAlarm(Finding finding) {
    return finding.severity() == Severity.ALARM;
  }
}
