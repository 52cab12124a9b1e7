package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.http.javadsl.settings.ConnectionPoolSettings;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpPoolTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 32, 100, 500})
  void shouldLetAkkaHttpFetchThatManyAtOnce(int parallelism) {
    Config config =
        ConfigFactory.parseString(HttpPool.overrides(parallelism))
            .withFallback(ConfigFactory.load());
    // Akka HTTP itself refuses a number of open requests that is no power of two.
    ConnectionPoolSettings settings = ConnectionPoolSettings.create(config);
    assertThat(settings.getMaxConnections()).isGreaterThan(parallelism);
    assertThat(settings.getMaxOpenRequests()).isGreaterThanOrEqualTo(4 * parallelism);
  }

  @Test
  void shouldRefuseNoParallelism() {
    assertThatThrownBy(() -> HttpPool.overrides(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not 0");
  }
}
