package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LbfgsTest {
  @Test
  void shouldFindTheMinimumOfAnIllConditionedBowl() {
    Bowl bowl = new Bowl(new double[] {1, 100, 1e4, 1e-2}, new double[] {3, -2, 0.5, 7});

    Lbfgs end = Lbfgs.minimise(bowl, new double[4], 1e-10, 1000);

    assertThat(end.point()).containsExactly(bowl.centre, within(1e-7));
    assertThat(end.value()).isCloseTo(0, within(1e-15));
  }

  @Test
  void shouldStopAtTheLimitAndSayHowSteepItStillIs() {
    Bowl bowl = new Bowl(new double[] {1, 100, 1e4, 1e-2}, new double[] {3, -2, 0.5, 7});

    Lbfgs end = Lbfgs.minimise(bowl, new double[4], 1e-10, 2);

    assertThat(end.iterations()).isEqualTo(2);
    assertThat(end.gradientSize()).isGreaterThan(1e-10);
  }

  @Test
  void shouldMakeNoStepFromTheMinimum() {
    Bowl bowl = new Bowl(new double[] {1, 2}, new double[] {3, 4});

    Lbfgs end = Lbfgs.minimise(bowl, new double[] {3, 4}, 1e-10, 10);

    assertThat(end.iterations()).isZero();
  }

  @Test
  void shouldEndWhereToleranceCannotBeMet() {
    Bowl bowl = new Bowl(new double[] {1, 1e8}, new double[] {1 / 3.0, 1 / 7.0});

    Lbfgs end = Lbfgs.minimise(bowl, new double[2], Double.MIN_VALUE, 10_000);

    assertThat(end.iterations()).isLessThan(10_000);
    assertThat(end.point()).containsExactly(bowl.centre, within(1e-8));
  }

  /** Half the sum of steepness times squared distance from the centre. */
  private static final class Bowl implements Lbfgs.Objective {
    private final double[] steepness;
    private final double[] centre;

    Bowl(double[] steepness, double[] centre) {
      this.steepness = steepness;
      this.centre = centre;
    }

    @Override
    public double at(double[] point, double[] gradient) {
      double sum = 0;
      for (int i = 0; i < point.length; i++) {
        double away = point[i] - centre[i];
        gradient[i] = steepness[i] * away;
        sum += steepness[i] * away * away / 2;
      }
      return sum;
    }

    @Override
    public void precondition(double[] vector) {
      // The identity: the search has to learn the steepness by itself.
    }
  }
}
