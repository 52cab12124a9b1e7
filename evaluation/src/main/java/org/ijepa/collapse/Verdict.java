package org.ijepa.collapse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.ijepa.trainer.Finding.Severity;

/**
 * Measures in words.
 *
 * @param severity normal, to be watched, or an alarm
 * @param reasons what is not normal
 */
public record Verdict(Severity severity, List<String> reasons) {
  /*
   * Where the lines are drawn, after runs on rendered scenes (64 x 64, patch 8, width 128): a start's content
   * variance is 0.18, after 200 good steps 0.11; with an EMA momentum of 0 it is 0.02 after 25 steps and 0.004
   * after 50, with one of 0.9 it is 0.005 after 50, and with a learning rate of 0.02 it is 0.01 after 50.
   * Position explains 34 % there, 84 % where the patch embedding drowns.
   */
  private static final double WATCHED_CONTENT = 0.05;
  private static final double ALARMING_CONTENT = 0.02;
  private static final double WATCHED_POSITION = 0.6;
  private static final double ALARMING_POSITION = 0.95;

  /** Of the rank that the batch can show; the runs above have 17 %. */
  private static final double WATCHED_RANK = 0.1;

  private static final double ALARMING_RANK = 0.04;

  /** Pictures of one kind have 0.99 from the start. */
  private static final double WATCHED_COSINE = 0.999;

  private static final String ALARMING = "collapsing";

  public Verdict {
    reasons = List.copyOf(reasons);
  }

  /** Judges one batch's measures by themselves, without a history. */
  public static Verdict of(CollapseMeasures measures) {
    if (!measures.isFinite()) {
      return new Verdict(Severity.ALARM, List.of("features are not finite"));
    }
    List<String> alarms = new ArrayList<>();
    List<String> watched = new ArrayList<>();
    double content = measures.contentVariance();
    if (content < WATCHED_CONTENT) {
      (content < ALARMING_CONTENT ? alarms : watched)
          .add(text("what images show makes only %.4f of the targets' variance of 1", content));
    }
    double position = measures.positionShare();
    if (position > WATCHED_POSITION) {
      (position > ALARMING_POSITION ? alarms : watched)
          .add(text("position explains %.0f %% of the targets", 100 * position));
    }
    double rank = measures.rank() / measures.rankLimit();
    if (rank < WATCHED_RANK) {
      (rank < ALARMING_RANK ? alarms : watched)
          .add(text("images differ in %.1f directions", measures.rank()));
    }
    if (measures.imageCosine() > WATCHED_COSINE) {
      watched.add(text("images have a mean cosine of %.4f", measures.imageCosine()));
    }
    Severity severity = watched.isEmpty() ? Severity.NORMAL : Severity.WATCH;
    List<String> reasons = new ArrayList<>(alarms);
    reasons.addAll(watched);
    return new Verdict(alarms.isEmpty() ? severity : Severity.ALARM, reasons);
  }

  private static String text(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** normal, watch or collapsing. */
  public String word() {
    return word(severity);
  }

  private static String word(Severity severity) {
    return switch (severity) {
      case NORMAL -> "normal";
      case WATCH -> "watch";
      case ALARM -> ALARMING;
    };
  }

  /** Of which that is the word; normal for other words. */
  public static Severity severity(String word) {
    return Stream.of(Severity.values())
        .filter(its -> word(its).equals(word))
        .findFirst()
        .orElse(Severity.NORMAL);
  }

  /** Whether that was the word for an alarm. */
  public static boolean isAlarm(String word) {
    return word.equals(ALARMING);
  }

  /** The word with its reasons. */
  public String line() {
    return word() + (reasons.isEmpty() ? "" : " (" + String.join(", ", reasons) + ")");
  }
}
