package org.ijepa.batch;

import org.ijepa.source.Samples;
import org.ijepa.store.Hedges;

/** Samples that a test makes up; it says what reading one brings. */
abstract class SamplesDouble implements Samples {
  private final long size;

  SamplesDouble(long size) {
    this.size = size;
  }

  @Override
  public final long size() {
    return size;
  }

  @Override
  public final String name(long sample) {
    return "image " + sample;
  }

  @Override
  public long bytes(long sample) {
    return 1;
  }

  @Override
  public final Hedges hedges() {
    return Hedges.NONE;
  }

  @Override
  public final String fingerprint() {
    return "00";
  }
}
