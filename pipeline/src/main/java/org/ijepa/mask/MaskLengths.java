package org.ijepa.mask;

/**
 * Lengths of contexts, as they are cut, and of target blocks over the steps that were looked at.
 *
 * @param context mean patches of a group's contexts
 * @param target mean patches of a target block
 * @param longestContext most patches of a context
 * @param longestTarget most patches of a target block
 * @param kept share of the contexts' patches that is left after they were cut to one length
 */
public record MaskLengths(
    double context, double target, int longestContext, int longestTarget, double kept) {
  private static final int STEPS = 50;

  /**
   * The lengths over the first steps.
   *
   * @param share samples of a stream's share of a step
   */
  public static MaskLengths sampled(MaskRules rules, long seed, int share) {
    MaskSampler sampler = new MaskSampler(rules, seed);
    double context = 0;
    double target = 0;
    double groups = 0;
    double left = 0;
    double before = 0;
    int longestContext = 0;
    int longestTarget = 0;
    for (int step = 0; step < STEPS; step++) {
      for (MaskGroup group : sampler.groups(step, 0, (long) step * share, share)) {
        context += group.contextLength();
        target += group.targetLength();
        groups++;
        left += (double) group.size() * group.contextLength();
        before += group.patchesBeforeCut();
        longestContext = Math.max(longestContext, group.contextLength());
        longestTarget = Math.max(longestTarget, group.targetLength());
      }
    }
    return new MaskLengths(
        context / groups, target / groups, longestContext, longestTarget, left / before);
  }
}
