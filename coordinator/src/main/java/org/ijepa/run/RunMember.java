package org.ijepa.run;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Somebody who takes part in a run: a trainer, or a node that has none.
 *
 * @param name of the trainer; of a node without trainers its own, or its address
 * @param address of its node, {@code host:port}; empty while it is waited for
 * @param role of its node, several separated by commas; empty while it is waited for
 * @param leads whether the coordinator lives on its node
 * @param rank in its generation; -1: none
 */
public record RunMember(
    String name, String address, String role, boolean leads, int rank, State state) {

  /** What it is at. */
  public enum State {
    /** In the generation that sums now. */
    TRAINING,
    /** There, and in the next generation. */
    JOINING,
    /** There, and not in a generation, as others could not sum with it. */
    LEFT_OUT,
    /** Lost, and waited for. */
    AWAY,
    /** No heartbeat comes from its node. */
    UNREACHABLE,
    /** Decodes images for trainers elsewhere. */
    DECODING,
    /** Neither trains nor decodes. */
    COORDINATING;

    /** Its word in files. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** The state of a word; empty for one that this version does not know. */
    static Optional<State> of(String word) {
      return Arrays.stream(values()).filter(state -> state.word().equals(word)).findFirst();
    }
  }
}
