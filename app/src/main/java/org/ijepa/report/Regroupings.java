package org.ijepa.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ijepa.run.RunEvent;

/** When a run's cluster lost or won a trainer, and how long it took to form the next generation. */
final class Regroupings {
  private static final Pattern ENDS = Pattern.compile("generation (\\d+) ends: (.*)");
  private static final Pattern BEGINS =
      Pattern.compile("generation (\\d+): (\\d+) trainers, step (\\d+).*");

  private Regroupings() {}

  /**
   * One of them; one that began with the loss of the coordinator is measured from when another
   * leads.
   *
   * @param why the generation before ended
   * @param trainers of the new one
   * @param step the next to be committed
   */
  record Regrouping(
      Instant at, long generation, String why, Duration took, int trainers, long step) {}

  /** Regroupings in the order in which they happened. */
  static List<Regrouping> of(List<RunEvent> events) {
    List<Regrouping> found = new ArrayList<>();
    Instant ended = null;
    String why = "";
    boolean running = false;
    for (RunEvent event : events) {
      Matcher ends = ENDS.matcher(event.text());
      Matcher begins = BEGINS.matcher(event.text());
      if (ends.matches() && ended == null) {
        ended = event.time();
        why = ends.group(2);
      } else if (event.kind() == RunEvent.Kind.LED && running && ended == null) {
        ended = event.time();
        why = "the coordinator was lost";
      } else if (begins.matches()) {
        if (ended != null) {
          found.add(
              new Regrouping(
                  ended,
                  Long.parseLong(begins.group(1)),
                  why,
                  Duration.between(ended, event.time()),
                  Integer.parseInt(begins.group(2)),
                  Long.parseLong(begins.group(3))));
        }
        ended = null;
        running = true;
      } else if (event.kind() == RunEvent.Kind.ENDED) {
        ended = null;
        running = false;
      }
    }
    return found;
  }
}
