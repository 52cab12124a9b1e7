package org.ijepa.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import org.ijepa.trainer.Pulse.Standstill;
import org.junit.jupiter.api.Test;

class PulseTest {
  private static final int MOST = 3;
  private static final int STORE = 7;
  private static final Pulse.Looks LOOKS = new Pulse.Looks(MOST, STORE);
  private static final Standstill STEP = new Standstill("step 1", false);

  private final Pulse pulse = new Pulse();

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      assertThat(pulse.look(LOOKS)).isEmpty();
    }
  }

  @Test
  void shouldSayWhatAThreadHangsAt() {
    pulse.works("step 1");
    look(MOST);
    assertThat(pulse.look(LOOKS)).contains(STEP);
    assertThat(pulse.look(LOOKS)).contains(STEP);
  }

  @Test
  void shouldWaitLongerForAStore() {
    pulse.asksStore("loading");
    look(STORE);
    assertThat(pulse.look(LOOKS)).contains(new Standstill("loading", true));
    pulse.works("step 1");
    look(MOST);
    assertThat(pulse.look(LOOKS)).contains(STEP);
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
