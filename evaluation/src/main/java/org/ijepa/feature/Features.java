package org.ijepa.feature;

import java.util.List;

/** Features of the images of a source that could be read, one row each, in the source's order. */
public final class Features {
  private final float[][] rows;
  private final long[] samples;

  Features(List<float[]> rows, List<Long> samples) {
    if (rows.size() != samples.size()) {
      throw new IllegalArgumentException(rows.size() + " rows of " + samples.size() + " samples");
    }
    this.rows = rows.toArray(new float[0][]);
    this.samples = samples.stream().mapToLong(Long::longValue).toArray();
  }

  /** As {@link FeatureExtractor.Values} says; not a copy. */
  public float[][] rows() {
    return rows;
  }

  /** Which sample of the source each row is of; not a copy. */
  public long[] samples() {
    return samples;
  }
}
