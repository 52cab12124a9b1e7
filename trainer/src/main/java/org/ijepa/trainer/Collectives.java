package org.ijepa.trainer;

import java.time.Duration;
import java.util.List;
import org.ijepa.collective.Collective;
import org.ijepa.collective.RingPort;
import org.ijepa.trainer.ToMember.Form;

/**
 * Collectives of a process that is one of several: in memory where all members of a generation live
 * in one process, a ring over TCP otherwise. Both add in the order of ranks, to the same bits.
 */
public final class Collectives implements CollectiveFactory {
  private final LocalCollectives local;
  private final RingPort port;
  private final Duration timeout;

  /** Collectives whose ranks wait for each other up to {@code timeout} within one call. */
  public Collectives(RingPort port, Duration timeout) {
    this.port = port;
    this.timeout = timeout;
    local = new LocalCollectives(timeout);
  }

  @Override
  public Collective join(Form form, int rank) {
    List<String> endpoints = form.members().stream().map(MemberId::endpoint).toList();
    return endpoints.stream().distinct().count() == 1
        ? local.join(form, rank)
        : port.join(form.generation(), rank, endpoints, timeout);
  }
}
