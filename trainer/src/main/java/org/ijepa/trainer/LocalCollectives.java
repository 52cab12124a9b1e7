package org.ijepa.trainer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.ijepa.collective.Collective;
import org.ijepa.collective.LocalGroup;
import org.ijepa.trainer.ToMember.Form;

/** Collectives between the trainers of one process. */
public final class LocalCollectives implements CollectiveFactory {
  private final Duration timeout;
  private final Map<Long, LocalGroup> groups = new HashMap<>();

  /** Collectives whose ranks wait for each other up to {@code timeout} within one call. */
  public LocalCollectives(Duration timeout) {
    this.timeout = timeout;
  }

  @Override
  public synchronized Collective join(Form form, int rank) {
    groups.keySet().removeIf(generation -> generation < form.generation());
    return groups
        .computeIfAbsent(
            form.generation(), number -> new LocalGroup(form.members().size(), timeout))
        .join(rank);
  }
}
