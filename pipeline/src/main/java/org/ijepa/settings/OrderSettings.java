package org.ijepa.settings;

import java.util.Map;

/**
 * The order of samples.
 *
 * @param streams parts of the order; each gives {@code global batch / streams} samples to a step
 */
public record OrderSettings(int streams) {
  public OrderSettings {
    Check.atLeast("order.streams", streams, 1);
  }

  Map<String, Object> values() {
    return Values.of("order.streams", streams);
  }
}
