package org.ijepa.collective;

/**
 * Whom a rank blames for a sum that failed.
 *
 * @param rank of the one who is blamed; the one who blames, if it failed by itself
 */
public record Suspect(int rank, Symptom symptom) {}
