package org.ijepa.optimization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SchedulesTest {
  private static final Path RECORD = Path.of("src/test/resources/golden/schedule-vith14.json");

  /** The published recipe of ViT-H/14. */
  private static Schedules published(JsonNode record) {
    double perEpoch = record.get("steps_per_epoch").asDouble();
    return new Schedules(
        (long) (record.get("warmup_epochs").asDouble() * perEpoch),
        record.get("ipe_scale").asDouble() * record.get("epochs").asDouble() * perEpoch,
        2e-4,
        1e-3,
        1e-6,
        0.04,
        0.4,
        0.996,
        1.0);
  }

  @Test
  void shouldMeetThePublishedSchedules() throws IOException {
    JsonNode record = new ObjectMapper().readTree(RECORD.toFile());
    Schedules schedules = published(record);
    assertThat(record.get("rows")).isNotEmpty();
    for (JsonNode row : record.get("rows")) {
      long step = row.get("step").asLong();
      assertThat(schedules.learningRate(step)).isCloseTo(row.get("lr").asDouble(), within(1e-15));
      assertThat(schedules.weightDecay(step))
          .isCloseTo(row.get("weight_decay").asDouble(), within(1e-12));
      assertThat(schedules.emaMomentum(step)).isCloseTo(row.get("ema").asDouble(), within(1e-12));
    }
  }

  @Test
  void shouldStayAtTheLastValuesPastTheEnd() {
    Schedules schedules = new Schedules(2, 10, 0, 1, 0.1, 0.04, 0.4, 0.9, 1.0);

    assertThat(schedules.learningRate(50)).isEqualTo(schedules.learningRate(9)).isEqualTo(0.1);
    assertThat(schedules.weightDecay(50)).isEqualTo(0.4);
    assertThat(schedules.emaMomentum(50)).isCloseTo(1.0, within(1e-12));
  }
}
