package org.ijepa.interchange;

/**
 * What a checkpoint of the published code holds beside tensors.
 *
 * @param epochs finished
 * @param loss of the last step, or NaN where it is not known
 * @param batchSize samples of one stream a step (there: of one GPU)
 * @param worldSize streams (there: GPUs)
 * @param learningRate the highest of the schedule
 * @param weightDecay where its schedule begins
 * @param beta1 of AdamW
 * @param beta2 of AdamW
 * @param epsilon of AdamW
 */
public record TrainingFacts(
    long epochs,
    double loss,
    int batchSize,
    int worldSize,
    double learningRate,
    double weightDecay,
    double beta1,
    double beta2,
    double epsilon) {}
