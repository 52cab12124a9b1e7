package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * One strength of the linear probe's penalty, tried on the validation samples.
 *
 * @param strength factor of half the squared weights, beside the mean cross-entropy
 * @param accuracy share of validation samples predicted rightly
 * @param logLoss their mean cross-entropy, in nats
 * @param iterations of the fit
 * @param converged whether the fit met the tolerance
 */
public record Trial(
    double strength, double accuracy, double logLoss, int iterations, boolean converged) {

  /** The most accurate; among equals the one with the lower loss, then the stronger penalty. */
  static Trial best(List<Trial> trials) {
    Trial best = trials.get(0);
    for (Trial trial : trials) {
      if (trial.isBetterThan(best)) {
        best = trial;
      }
    }
    return best;
  }

  private boolean isBetterThan(Trial other) {
    if (accuracy != other.accuracy) {
      return accuracy > other.accuracy;
    }
    return logLoss != other.logLoss ? logLoss < other.logLoss : strength > other.strength;
  }

  void write(ObjectNode json) {
    json.put("strength", strength);
    json.put("accuracy", accuracy);
    json.put("log_loss", logLoss);
    json.put("iterations", iterations);
    json.put("converged", converged);
  }
}
