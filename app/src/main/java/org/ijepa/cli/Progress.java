package org.ijepa.cli;

/**
 * What a progress line shows of one committed step.
 *
 * @param step steps committed so far, from 1
 * @param loss of the step
 * @param learningRate of the step
 * @param imagesPerSecond over the last steps
 */
public record Progress(long step, double loss, double learningRate, double imagesPerSecond) {}
