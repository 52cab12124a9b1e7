package org.ijepa.cli;

import java.util.Optional;
import java.util.function.Supplier;
import org.ijepa.coordinator.NodePart;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.StepMetrics;
import org.ijepa.source.IndexProgress;
import org.ijepa.source.Samples;

/**
 * Passes on what it hears, and knows why this node does not take part in the run, or that it does.
 * Of what lives and moves it tells a {@link Liveness}.
 */
final class Readiness implements RunListener, Supplier<Optional<String>> {
  private final RunListener next;
  private final Liveness liveness;
  private volatile Optional<String> reason = Optional.of("this node prepares to take part");

  Readiness(RunListener next, Liveness liveness) {
    this.next = next;
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
  public IndexProgress indexing(String uri) {
    return next.indexing(uri);
  }

  @Override
  public void opened(Samples samples) {
    next.opened(samples);
  }

  @Override
  public void named(String node) {
    next.named(node);
  }

  @Override
  public void reduced(long generation, long step) {
    next.reduced(generation, step);
  }

  @Override
  public void moved(NodePart part, String name) {
    liveness.moved(part, name);
    next.moved(part, name);
  }

  @Override
  public void gone(NodePart part, String name) {
    liveness.gone(part, name);
    next.gone(part, name);
  }

  @Override
  public void hung(String why) {
    liveness.hung(why);
    next.hung(why);
  }

  @Override
  public void joined() {
    reason = Optional.empty();
    next.joined();
  }

  @Override
  public void planned(long steps) {
    next.planned(steps);
  }

  @Override
  public void committed(StepMetrics metrics) {
    next.committed(metrics);
  }

  @Override
  public void noted(String text) {
    next.noted(text);
  }

  @Override
  public void happened(Happening what) {
    next.happened(what);
  }

  @Override
  public void stored(CheckpointStored checkpoint) {
    next.stored(checkpoint);
  }

  @Override
  public void ended(RunOutcome outcome) {
    stopping();
    next.ended(outcome);
  }
}
