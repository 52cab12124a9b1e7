package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.List;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.MemberEffect;
import org.ijepa.trainer.MemberEffect.Send;
import org.ijepa.trainer.MemberEvent;
import org.ijepa.trainer.MemberEvent.Received;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.MemberProtocol;
import org.ijepa.trainer.ToMember.Ask;
import org.ijepa.trainer.ToMember.Form;

/**
 * A member that answers whoever asks, and neither leaves its generation for it nor remembers it.
 */
final class PromiseBreaker {
  private final MemberId self;
  private final MemberProtocol protocol;
  private final List<MemberEvent> heard = new ArrayList<>();
  private long formed;

  PromiseBreaker(MemberId self, MemberProtocol protocol) {
    this.self = self;
    this.protocol = protocol;
  }

  List<MemberEffect> on(MemberEvent event) {
    if (event instanceof Received received && received.message() instanceof Ask) {
      // What it would say, of one that has heard all the same and is asked in its place.
      MemberProtocol inItsPlace = new MemberProtocol(self);
      heard.forEach(inItsPlace::on);
      return inItsPlace.on(event).stream().filter(Send.class::isInstance).toList();
    }
    List<MemberEffect> effects = new ArrayList<>();
    if (event instanceof Received received
        && received.message() instanceof Form form
        && form.generation() >= formed) {
      formed = form.generation();
      hear(new Received(new Ask(formed))).stream()
          .filter(effect -> !(effect instanceof Send send && send.message() instanceof Answer))
          .forEach(effects::add);
    }
    effects.addAll(hear(event));
    return effects;
  }

  private List<MemberEffect> hear(MemberEvent event) {
    heard.add(event);
    return protocol.on(event);
  }
}
