package org.ijepa.checkpoint;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Name of a checkpoint, {@code step-000123400-g17}. What a stale writer adds late has a lower
 * generation and never wins: the newest is the one with the highest (generation, step).
 *
 * @param step number of steps committed
 * @param generation that wrote it
 */
public record CheckpointName(long step, long generation) implements Comparable<CheckpointName> {
  private static final Pattern FORM = Pattern.compile("step-(\\d{9,18})-g(\\d{1,18})");

  /** Parses a folder's name; empty for other names. */
  public static Optional<CheckpointName> parse(String name) {
    Matcher matcher = FORM.matcher(name);
    return matcher.matches()
        ? Optional.of(
            new CheckpointName(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }

  @Override
  public int compareTo(CheckpointName other) {
    return Comparator.comparingLong(CheckpointName::generation)
        .thenComparingLong(CheckpointName::step)
        .compare(this, other);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "step-%09d-g%d", step, generation);
  }
}
