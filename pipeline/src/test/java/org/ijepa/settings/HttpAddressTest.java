package org.ijepa.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "8080,           127.0.0.1, 8080, 127.0.0.1:8080",
    "0,              127.0.0.1, 0,    127.0.0.1:0",
    "0.0.0.0:8080,   0.0.0.0,   8080, 0.0.0.0:8080",
    "node-3.lan:65535, node-3.lan, 65535, node-3.lan:65535",
    "[::1]:80,       ::1,       80,   [::1]:80",
  })
  void shouldReadPortsAndHosts(String text, String host, int port, String shown) {
    HttpAddress address = HttpAddress.parse(text).orElseThrow();
    assertThat(address).isEqualTo(new HttpAddress(host, port));
    assertThat(address).hasToString(shown);
    assertThat(HttpAddress.parse(shown)).contains(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "host", ":80", "host:", "host:65536", "::1:80", "a b:80", "-1", "http://a:80"})
  void shouldRefuseOtherTexts(String text) {
    assertThat(HttpAddress.parse(text)).isEmpty();
  }

  @Test
  void shouldListenNowhereByDefault() {
    assertThat(Settings.load(Optional.empty(), List.of()).logging().http()).isEmpty();
    assertThat(
            Settings.load(Optional.empty(), List.of("logging.http=10.0.0.7:9000")).logging().http())
        .contains(new HttpAddress("10.0.0.7", 9000));
  }
}
