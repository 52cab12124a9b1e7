/**
 * Sums and copies of flat tensors between the trainers of one generation.
 *
 * <p>A generation's members in one process meet in a {@link org.ijepa.collective.LocalGroup}, those
 * of several in a ring over TCP that a {@link org.ijepa.collective.RingPort} joins. At the first
 * call they tell each other through it which NCCL they have ({@link
 * org.ijepa.collective.AgreedCollective}): all see the same answers, and so decide alike. Where
 * they take NCCL, rank 0 makes its unique id, and the others get it through the same group, which
 * stays as the way to hear that a member has failed ({@link org.ijepa.collective.NcclCollective}).
 */
package org.ijepa.collective;
