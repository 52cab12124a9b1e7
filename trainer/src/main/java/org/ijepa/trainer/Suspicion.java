package org.ijepa.trainer;

import org.ijepa.collective.Symptom;

/**
 * Whom a member blames for a collective that failed.
 *
 * @param name of the member that is blamed, perhaps itself; empty: nobody in particular
 */
public record Suspicion(String name, Symptom symptom) {
  /** Nobody in particular is blamed. */
  public static final Suspicion NONE = new Suspicion("", Symptom.UNKNOWN);
}
