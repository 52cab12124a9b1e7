package org.ijepa.cli;

import java.util.Optional;
import java.util.function.Supplier;
import org.ijepa.coordinator.NodePart;
import org.ijepa.coordinator.PassingListener;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;

/**
 * Passes on what it hears, and knows why this node does not take part in the run, or that it does.
 * Of what lives and moves it tells a {@link Liveness}.
 */
final class Readiness extends PassingListener implements Supplier<Optional<String>> {
  private final Liveness liveness;
  private volatile Optional<String> reason = Optional.of("this node prepares to take part");

  Readiness(RunListener next, Liveness liveness) {
    super(next);
    this.liveness = liveness;
  }

  /** From now on this node is on its way out. */
  void stopping() {
    reason = Optional.of("this node stops");
  }

  @Override
  public Optional<String> get() {
    return reason;
  }

  @Override
  public void moved(NodePart part, String name) {
    liveness.moved(part, name);
    super.moved(part, name);
  }

  @Override
  public void gone(NodePart part, String name) {
    liveness.gone(part, name);
    super.gone(part, name);
  }

  @Override
  public void hung(String why) {
    liveness.hung(why);
    super.hung(why);
  }

  @Override
  public void joined() {
    reason = Optional.empty();
    super.joined();
  }

  @Override
  public void ended(RunOutcome outcome) {
    stopping();
    super.ended(outcome);
  }
}
