package org.ijepa.settings;

import java.util.Map;

/**
 * The order of samples.
 *
 * @param streams parts of the order; each gives {@code global batch / streams} samples to a step
 * @param window samples of a stream that are shuffled together where they stand in shards
 */
public record OrderSettings(int streams, int window) {
  public OrderSettings {
    Check.atLeast("order.streams", streams, 1);
    Check.atLeast("order.window", window, 1);
  }

  Map<String, Object> values() {
    return Values.of("order.streams", streams, "order.window", window);
  }
}
