package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.junit.jupiter.api.Test;

final class FindingsTest {
  private final Findings findings = new Findings(100);

  private boolean isLasting(long step) {
    Finding finding = new Finding("collapse", step, Map.of(), "gone", Severity.ALARM, "is gone");
    assertThat(findings.heard(finding))
        .hasValue("ALARM: collapse after step %d: is gone".formatted(step));
    return findings.isLastingAlarm(finding);
  }

  @Test
  void shouldTakeFourAlarmsInARowForOneThatLasts() {
    for (int sound = 1; sound <= 3; sound++) {
      assertThat(isLasting(sound)).isFalse();
    }
    Finding passed = new Finding("collapse", 4, Map.of(), "normal", Severity.NORMAL, "is well");
    assertThat(findings.heard(passed)).hasValue("collapse after step 4: is well");
    assertThat(findings.isLastingAlarm(passed)).isFalse();
    assertThat(findings.heard(passed)).isEmpty();
    for (int step = 5; step <= 7; step++) {
      assertThat(isLasting(step)).isFalse();
    }
    assertThat(isLasting(8)).isTrue();
    assertThat(isLasting(9)).isTrue();
  }
}
