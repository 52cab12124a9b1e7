package org.ijepa.version;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import org.junit.jupiter.api.Test;

final class ProgramVersionTest {
  private static String text(String version, String commit) {
    Properties properties = new Properties();
    properties.setProperty("version", version);
    properties.setProperty("commit", commit);
    return ProgramVersion.text(properties);
  }

  @Test
  void shouldBeWhatTheBuildWroteDown() {
    assertThat(ProgramVersion.text())
        .matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?(\\+[0-9a-f]{7,40}(-dirty)?)?");
  }

  @Test
  void shouldNameTheCommitWhereTheBuildKnewOne() {
    assertThat(text("0.1.0", "")).isEqualTo("0.1.0");
    assertThat(text("0.1.0", "3f2a91c")).isEqualTo("0.1.0+3f2a91c");
  }
}
