package org.ijepa.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.ijepa.plan.MeasuredStep.Input;
import org.ijepa.plan.MeasuredStep.Limit;
import org.junit.jupiter.api.Test;

final class MeasuredStepTest {
  /** 128 images in micro-batches of 16 of 0.5 s. */
  private static MeasuredStep step(int trainers, double read, double decode, boolean shares) {
    return new MeasuredStep(
        128, 16, trainers, 0.5, 0.1, Optional.of(new Input(read, decode, shares)));
  }

  @Test
  void shouldWaitForTheTrainerWithTheMostMicroBatches() {
    assertThat(step(1, 1e6, 1e6, false).computing()).isCloseTo(8 * 0.5 + 0.1, within(1e-12));
    assertThat(step(3, 1e6, 1e6, false).computing()).isCloseTo(3 * 0.5 + 0.1, within(1e-12));
    assertThat(step(8, 1e6, 1e6, false).computing()).isCloseTo(0.5 + 0.1, within(1e-12));
  }

  @Test
  void shouldDecodeBesideTrainingOnCoresOfItsOwn() {
    MeasuredStep slower = step(1, 1000, 64, false);
    assertThat(slower.seconds()).isCloseTo(4.1, within(1e-12));
    assertThat(slower.limit()).isEqualTo(Limit.TRAINERS);
    MeasuredStep starved = step(1, 1000, 16, false);
    assertThat(starved.seconds()).isCloseTo(8, within(1e-12));
    assertThat(starved.limit()).isEqualTo(Limit.DECODING);
    assertThat(starved.rate()).isCloseTo(16, within(1e-12));
  }

  @Test
  void shouldAddDecodingToTrainingOnTheSameCores() {
    MeasuredStep step = step(1, 1000, 64, true);
    assertThat(step.seconds()).isCloseTo(4.1 + 2, within(1e-12));
    assertThat(step.limit()).isEqualTo(Limit.TRAINERS);
    assertThat(step(1, 1000, 16, true).limit()).isEqualTo(Limit.DECODING);
  }

  @Test
  void shouldReadBesideAllElse() {
    MeasuredStep step = step(1, 10, 64, true);
    assertThat(step.seconds()).isCloseTo(12.8, within(1e-12));
    assertThat(step.limit()).isEqualTo(Limit.READING);
  }

  @Test
  void shouldTellOfTheTrainersAloneWhereImagesAreNotKnown() {
    MeasuredStep step = new MeasuredStep(128, 16, 2, 0.5, 0.1, Optional.empty());
    assertThat(step.seconds()).isCloseTo(2.1, within(1e-12));
    assertThat(step.limit()).isEqualTo(Limit.TRAINERS);
  }
}
