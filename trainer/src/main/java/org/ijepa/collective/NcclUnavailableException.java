package org.ijepa.collective;

/** Why this process cannot use NCCL. */
public final class NcclUnavailableException extends Exception {
  NcclUnavailableException(String message) {
    super(message);
  }

  NcclUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
