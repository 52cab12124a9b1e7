package org.ijepa.trainer;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.ijepa.collective.AgreedCollective;
import org.ijepa.collective.AgreedCollective.Offer;
import org.ijepa.collective.Collective;
import org.ijepa.collective.Place;
import org.ijepa.collective.RingPort;
import org.ijepa.trainer.ToMember.Form;

/**
 * Collectives of a process that is one of several: in memory where all members of a generation live
 * in one process, a ring over TCP otherwise; both add in the order of ranks, to the same bits. Or
 * NCCL, where all members have it.
 */
public final class Collectives implements CollectiveFactory {
  private final LocalCollectives local;
  private final RingPort port;
  private final Duration timeout;
  private final Offer offer;
  private final Consumer<String> noted;
  private String lastNote = "";

  /**
   * Collectives whose ranks wait for each other up to {@code timeout} within one call.
   *
   * @param offer what this process can sum with besides
   * @param noted hears which way is taken, when it is another one
   */
  public Collectives(RingPort port, Duration timeout, Offer offer, Consumer<String> noted) {
    this.port = port;
    this.timeout = timeout;
    this.offer = offer;
    this.noted = noted;
    local = new LocalCollectives(timeout);
  }

  @Override
  public Collective join(Form form, int rank) {
    List<String> endpoints = form.members().stream().map(MemberId::endpoint).toList();
    Collective base =
        endpoints.stream().distinct().count() == 1
            ? local.join(form, rank)
            : port.join(form.generation(), rank, endpoints, timeout);
    if (base.size() == 1) {
      return base;
    }
    List<Place> places =
        form.members().stream().map(member -> new Place(member.name(), member.endpoint())).toList();
    return new AgreedCollective(base, offer, timeout, places, this::noteOnce);
  }

  private synchronized void noteOnce(String text) {
    if (!text.equals(lastNote)) {
      lastNote = text;
      noted.accept(text);
    }
  }
}
