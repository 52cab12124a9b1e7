package org.ijepa.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PulseTest {
  private static final int MOST = 3;

  private final Pulse pulse = new Pulse();

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      assertThat(pulse.look(MOST)).isEmpty();
    }
  }

  @Test
  void shouldSayWhatAThreadHangsAt() {
    pulse.works("step 1");
    look(MOST);
    assertThat(pulse.look(MOST)).contains("step 1");
    assertThat(pulse.look(MOST)).contains("step 1");
  }

  /** Many steps of a small model look alike. */
  @Test
  void shouldSeeThatAThreadMovesWhichSaysTheSameAgain() {
    for (int i = 0; i < 5; i++) {
      pulse.works("step 1");
      look(MOST);
    }
  }

  @Test
  void shouldBeginAnewWhereAThreadHasRested() {
    pulse.works("step 1");
    look(MOST);
    pulse.rests();
    look(2 * MOST);
    pulse.works("step 2");
    look(MOST);
  }
}
