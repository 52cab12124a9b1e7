package org.ijepa.coordinator;

import org.ijepa.batch.SampleViews;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.StepMetrics;
import org.ijepa.source.IndexProgress;

/** Passes on all that it hears; who extends it does more with some of it. */
public abstract class PassingListener implements RunListener {
  private final RunListener next;

  /** For {@code next}, which hears everything. */
  protected PassingListener(RunListener next) {
    this.next = next;
  }

  @Override
  public void planned(long steps) {
    next.planned(steps);
  }

  @Override
  public IndexProgress indexing(String uri) {
    return next.indexing(uri);
  }

  @Override
  public void opened(SampleViews images) {
    next.opened(images);
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
    next.moved(part, name);
  }

  @Override
  public void gone(NodePart part, String name) {
    next.gone(part, name);
  }

  @Override
  public void hung(String why) {
    next.hung(why);
  }

  @Override
  public void joined() {
    next.joined();
  }

  @Override
  public void stored(CheckpointStored checkpoint) {
    next.stored(checkpoint);
  }

  @Override
  public void ended(RunOutcome outcome) {
    next.ended(outcome);
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
  public void membersChanged(MembersChanged now) {
    next.membersChanged(now);
  }
}
