package org.ijepa.coordinator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a coordinator writes into the checkpoint store again and again while it leads, so that
 * nobody founds a second cluster for the same run. Nobody's clock is compared: a run is alive if
 * its sign changes.
 *
 * @param session the same for all coordinators of one cluster
 * @param leader node that the coordinator lives on
 * @param generation claimed last
 * @param count differs from one sign to the next
 */
public record SignOfLife(String session, String leader, long generation, long count) {
  /** Time between two signs. */
  public static final Duration EVERY = Duration.ofSeconds(3);

  /** A run that gives no sign for so long is led by nobody. */
  public static final Duration LIMIT = Duration.ofSeconds(10);

  private static final ObjectMapper JSON = new ObjectMapper();

  String text() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads one; what cannot be read is none. */
  static Optional<SignOfLife> parse(String text) {
    try {
      return Optional.of(JSON.readValue(text, SignOfLife.class));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether another coordinator has gone further than this one: that of another cluster, or that of
   * nodes which have removed this one from theirs, as it does not know yet.
   */
  boolean isOvertakenBy(SignOfLife other) {
    boolean isOwn = other.session().equals(session) && other.leader().equals(leader);
    return !isOwn && other.generation() > generation;
  }

  /**
   * Waits until a sign changes, at most for {@code limit}, and not at all where there is none.
   *
   * @param read the sign that is there now
   * @param poll time between two looks
   * @return the node that leads; empty: nobody does
   */
  public static Optional<String> leader(
      Supplier<Optional<String>> read, Duration limit, Duration poll) throws InterruptedException {
    Optional<String> first = read.get();
    long end = System.nanoTime() + limit.toNanos();
    Optional<String> now = first;
    while (now.isPresent() && now.equals(first) && System.nanoTime() < end) {
      Thread.sleep(poll.toMillis());
      now = read.get();
    }
    return now.equals(first)
        ? Optional.empty()
        : now.flatMap(SignOfLife::parse).map(SignOfLife::leader);
  }
}
