package org.ijepa.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.GenerationBegan;
import org.ijepa.run.Happening.GenerationEnded;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.RunEvent;

/** When a run's cluster lost or won a trainer, and how long it took to form the next generation. */
final class Regroupings {
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
      Happening what = event.what();
      if (what instanceof GenerationEnded end && ended == null) {
        ended = event.time();
        why = end.why();
      } else if (what instanceof Led && running && ended == null) {
        ended = event.time();
        why = "the coordinator was lost";
      } else if (what instanceof GenerationBegan began) {
        if (ended != null) {
          found.add(
              new Regrouping(
                  ended,
                  began.generation(),
                  why,
                  Duration.between(ended, event.time()),
                  began.trainers(),
                  began.nextStep()));
        }
        ended = null;
        running = true;
      } else if (what instanceof Ended) {
        ended = null;
        running = false;
      }
    }
    return found;
  }
}
