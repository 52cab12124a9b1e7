package org.ijepa.plan;

/**
 * Where the time of a step goes, on average, in seconds; the parts add up to the mean.
 *
 * @param mean of a whole step
 * @param deviation of a whole step's time
 * @param compute forward and backward, shared evenly
 * @param uneven more micro-batches on some trainers than on others
 * @param input waiting for micro-batches
 * @param stragglers waiting for the slowest trainer
 * @param allReduce summing gradients
 * @param update AdamW, EMA and the commit
 */
record StepProfile(
    double mean,
    double deviation,
    double compute,
    double uneven,
    double input,
    double stragglers,
    double allReduce,
    double update) {}
