package org.ijepa.settings;

import java.time.Duration;
import java.util.Map;

/**
 * How the trainers of a run sum their gradients.
 *
 * @param ncclLibrary name or path of libnccl
 * @param timeout after which a sum has failed
 */
public record CollectiveSettings(Kind kind, String ncclLibrary, Duration timeout) {

  /** What sums. */
  public enum Kind {
    /** NCCL where all trainers have it, else as {@link #RING}. */
    AUTO,
    /** Memory within a process, TCP between processes. */
    RING,
    /** NCCL or nothing. */
    NCCL
  }

  public CollectiveSettings {
    if (ncclLibrary.isBlank()) {
      throw ConfigurationError.of("cluster.nccl-library", "\"\"", "be libnccl's name or path");
    }
    if (timeout.isZero() || timeout.isNegative()) {
      throw ConfigurationError.of("cluster.collective-timeout", Values.text(timeout), "be above 0");
    }
  }

  Map<String, Object> values() {
    return Values.of(
        "cluster.collective", kind,
        "cluster.nccl-library", ncclLibrary,
        "cluster.collective-timeout", timeout);
  }
}
