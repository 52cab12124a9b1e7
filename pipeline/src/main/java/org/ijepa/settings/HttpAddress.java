package org.ijepa.settings;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server of ours listens.
 *
 * @param host name or address, an IPv6 one without its brackets
 * @param port 0: any that is free
 */
public record HttpAddress(String host, int port) {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int MOST_PORT = 65_535;

  /** A port alone, or after a host; an IPv6 address stands in brackets. */
  private static final Pattern FORM =
      Pattern.compile(
          "(?:(?:\\[(?<six>[0-9A-Fa-f:.%]+)]|(?<name>[^\\s:\\[\\]/]+)):)?(?<port>\\d{1,5})");

  /**
   * Reads {@code host:port} or {@code port}, which is one of the loopback interface.
   *
   * @return empty for other texts
   */
  public static Optional<HttpAddress> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group("port")) > MOST_PORT) {
      return Optional.empty();
    }
    String host = parts.group("six") == null ? parts.group("name") : parts.group("six");
    return Optional.of(
        new HttpAddress(host == null ? LOOPBACK : host, Integer.parseInt(parts.group("port"))));
  }

  /** {@code host:port}, as {@link #parse} reads it. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
