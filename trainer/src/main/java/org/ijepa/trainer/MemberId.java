package org.ijepa.trainer;

/**
 * A trainer of a run.
 *
 * @param name configured, the same after a restart; ranks follow it
 * @param incarnation differs after each restart: a new one says that the old one has failed
 * @param endpoint {@code host:port} where its process hears other trainers
 */
public record MemberId(String name, long incarnation, String endpoint) {}
