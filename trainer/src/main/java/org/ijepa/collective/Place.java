package org.ijepa.collective;

/**
 * A rank as its generation knows it.
 *
 * @param name of the trainer
 * @param endpoint {@code host:port} of its process
 */
public record Place(String name, String endpoint) {
  /** Host of its process. */
  String host() {
    int colon = endpoint.lastIndexOf(':');
    return colon < 0 ? endpoint : endpoint.substring(0, colon);
  }
}
