package org.ijepa.trainer;

/**
 * How long a checkpoint took its writer.
 *
 * @param stall seconds that training waited: for the copy, and before it for a checkpoint that was
 *     still being written
 * @param write seconds until the tensors were stored, beside training
 */
public record CheckpointSeconds(double stall, double write) {}
