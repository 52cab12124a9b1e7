package org.ijepa.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.checkpoint.StoreMarks;
import org.ijepa.digest.Sha256;
import org.ijepa.store.StoreException;
import org.ijepa.store.StoreException.Kind;

/**
 * What {@code auto} stands for in a run: settled once, in the checkpoint store, for all nodes and
 * all later starts. The checkpoints' own settings tell it, and before the first one a mark beside
 * them.
 */
final class StoredChoice {
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final int DIGITS = 16;

  private final Optional<String> begun;
  private final String mark;
  private final StoreMarks marks;

  /**
   * The choice for a run.
   *
   * @param key in the configuration
   * @param mark what it is called beside the checkpoints
   * @param hangsOn what the value depends on, so that it is settled anew where this has changed
   * @param begun {@link #meaning} of the run
   * @param marks beside its checkpoints
   */
  StoredChoice(String key, String mark, String hangsOn, Optional<String> begun, StoreMarks marks) {
    this.begun =
        begun.flatMap(
            meaning ->
                meaning
                    .lines()
                    .filter(line -> isOf(key, line))
                    .map(line -> line.substring(line.indexOf('=') + 1).strip())
                    .findFirst());
    String digest = Sha256.hex(hangsOn.getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS);
    this.mark = mark + "-" + digest;
    this.marks = marks;
  }

  /** The meaning that the run's newest checkpoint has, of those that can be read. */
  static Optional<String> meaning(CheckpointStore checkpoints) {
    List<CheckpointName> names = checkpoints.complete();
    for (int i = names.size() - 1; i >= 0; i--) {
      try {
        return Optional.of(checkpoints.state(names.get(i)).path("meaning").asText());
      } catch (IOException | StoreException e) {
        // Damaged ones are named and set aside where they are read to go on from.
        if (StoreException.of(e).filter(known -> known.kind() != Kind.NOT_FOUND).isPresent()) {
          throw Preflight.unusable(e);
        }
      }
    }
    return Optional.empty();
  }

  /** A meaning without the lines of some keys. */
  static String without(String meaning, String... keys) {
    return meaning
        .lines()
        .filter(line -> Arrays.stream(keys).noneMatch(key -> isOf(key, line)))
        .collect(Collectors.joining("\n"));
  }

  private static boolean isOf(String key, String line) {
    return line.startsWith(key + " ");
  }

  /** The value that the run's checkpoints or an earlier start have. */
  Optional<String> stored() {
    return begun.or(() -> marks.settled(mark));
  }

  /**
   * Settles it, unless another node was faster.
   *
   * @param claimant unlike any other node's
   * @return what is settled
   */
  String settle(String value, String claimant) throws InterruptedException {
    return marks.settle(mark, value, claimant);
  }

  /** Waits until another node has settled it. */
  String await() throws InterruptedException {
    Optional<String> settled = marks.settled(mark);
    while (settled.isEmpty()) {
      Thread.sleep(LOOK.toMillis());
      settled = marks.settled(mark);
    }
    return settled.get();
  }
}
