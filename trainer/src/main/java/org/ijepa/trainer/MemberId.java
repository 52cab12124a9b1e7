package org.ijepa.trainer;

/**
 * A trainer of a run.
 *
 * @param name configured, the same after a restart; ranks follow it
 * @param incarnation differs after each restart: a new one says that the old one has failed
 */
public record MemberId(String name, long incarnation) {}
