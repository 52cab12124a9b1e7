package org.ijepa.collective;

/** How a rank showed that it is the one to be blamed for a sum that failed; the surest first. */
public enum Symptom {
  /** No connection to it was to be had, or it could itself connect to nobody. */
  UNREACHABLE,
  /** Connected, it neither took nor sent anything for the whole time-out. */
  SILENT,
  /** Its connection ended; it may only have given up because another one failed. */
  GONE,
  /** Nobody in particular is to be blamed. */
  UNKNOWN
}
