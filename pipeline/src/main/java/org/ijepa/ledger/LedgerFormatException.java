package org.ijepa.ledger;

import java.io.IOException;

/** A ledger's file is not a ledger, or not the one of this run; the message says where and why. */
public final class LedgerFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  LedgerFormatException(String message) {
    super(message);
  }

  LedgerFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
