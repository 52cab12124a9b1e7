package org.ijepa.cli;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.ijepa.coordinator.NodePart;
import org.ijepa.settings.Settings;

/**
 * Knows whether this process can still do its part in a run, or has to be started anew: whether all
 * of it moves that has to. A run that waits, for other nodes or for a store, is none of that.
 */
final class Liveness implements Supplier<Optional<String>> {
  /** A trainer's actor that stops waits so long for its worker. */
  private static final Duration STOPPING = Duration.ofMinutes(1);

  private final Duration patience;
  private final Duration ofCoordinator;
  private final LongSupplier nanoTime;
  private final Map<Part, Long> moved = new HashMap<>();
  private Optional<String> hung = Optional.empty();

  private record Part(NodePart kind, String name) {
    String text() {
      String word = kind.name().toLowerCase(Locale.ROOT);
      return kind == NodePart.COORDINATOR ? "the coordinator" : word + " " + name;
    }
  }

  /**
   * Nothing of a node is there yet.
   *
   * @param patience for what does not move
   * @param ofCoordinator the same for a coordinator, which may wait for the store
   * @param nanoTime a clock
   */
  Liveness(Duration patience, Duration ofCoordinator, LongSupplier nanoTime) {
    this.patience = patience;
    this.ofCoordinator = ofCoordinator;
    this.nanoTime = nanoTime;
  }

  /** With the bounds that follow from the settings. */
  static Liveness of(Settings settings) {
    Duration patience = settings.cluster().hangTimeout().plus(STOPPING);
    Duration store = settings.pipeline().retry().giveUpAfter();
    return new Liveness(patience, patience.plus(store), System::nanoTime);
  }

  synchronized void moved(NodePart part, String name) {
    moved.put(new Part(part, name), nanoTime.getAsLong());
  }

  synchronized void gone(NodePart part, String name) {
    moved.remove(new Part(part, name));
  }

  synchronized void hung(String why) {
    hung = Optional.of(why);
  }

  /** Why this process has to be started anew; empty while it lives. */
  @Override
  public synchronized Optional<String> get() {
    long now = nanoTime.getAsLong();
    return hung.or(
        () ->
            moved.entrySet().stream()
                .filter(entry -> now - entry.getValue() > patience(entry.getKey()).toNanos())
                .min(Comparator.comparingLong(entry -> entry.getValue() - now))
                .map(entry -> text(entry.getKey(), now - entry.getValue())));
  }

  private Duration patience(Part part) {
    return part.kind() == NodePart.COORDINATOR ? ofCoordinator : patience;
  }

  private static String text(Part part, long nanos) {
    return part.text() + " has not moved for " + Duration.ofNanos(nanos).toSeconds() + " s";
  }
}
