package org.ijepa.kernel;

/** What is to be known of a reduced gradient, and of the facts that ride with it. */
public final class Settled {
  private final double norm;
  private final float[] facts;
  private final long digest;

  private Settled(double norm, float[] facts, long digest) {
    this.norm = norm;
    this.facts = facts;
    this.digest = digest;
  }

  /** From the bits of the norm, float64, and of each fact, float32. */
  static Settled of(long[] bits, long digest) {
    float[] facts = new float[bits.length - 1];
    for (int i = 0; i < facts.length; i++) {
      facts[i] = Float.intBitsToFloat((int) bits[i + 1]);
    }
    return new Settled(Double.longBitsToDouble(bits[0]), facts, digest);
  }

  /** Euclidean norm of the gradient, accumulated in float64; not finite if an element is not. */
  public double norm() {
    return norm;
  }

  /** The facts, a copy. */
  public float[] facts() {
    return facts.clone();
  }

  /** A digest of gradient and facts, equal wherever all their bits are; 0 if none was wanted. */
  public long digest() {
    return digest;
  }
}
