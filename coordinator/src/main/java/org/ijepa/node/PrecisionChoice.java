package org.ijepa.node;

import java.util.Locale;
import java.util.Optional;
import org.ijepa.checkpoint.StoreMarks;
import org.ijepa.coordinator.RunListener;
import org.ijepa.settings.ClusterSettings.Role;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.Settings;

/**
 * What {@code optimization.precision = auto} stands for in a run: what the devices of the node that
 * starts it multiply natively. A node of other devices, or a later start on them, takes the same.
 */
final class PrecisionChoice {
  private static final String AUTO = Settings.PRECISION + " = auto: ";
  private static final String ORIGIN = "auto: ";

  private final Settings settings;
  private final Devices devices;
  private final StoredChoice choice;
  private final RunListener listener;

  /**
   * The choice for a run.
   *
   * @param settings with the precision that the devices of this node would have
   * @param begun meaning that the run has in its checkpoints, if it has any
   * @param marks beside them
   */
  PrecisionChoice(
      Settings settings,
      Devices devices,
      Optional<String> begun,
      StoreMarks marks,
      RunListener listener) {
    this.settings = settings;
    this.devices = devices;
    this.listener = listener;
    String rest =
        StoredChoice.without(settings.meaning(), Settings.PRECISION, Settings.MICRO_BATCH);
    choice = new StoredChoice(Settings.PRECISION, "precision", rest, begun, marks);
  }

  /**
   * The settings with the run's precision.
   *
   * @param claimant unlike any other node's
   */
  Settings settle(String claimant) throws InterruptedException {
    Optional<String> stored = choice.stored();
    String settled;
    if (stored.isPresent()) {
      settled = stored.get();
    } else if (settings.cluster().roles().contains(Role.TRAINER)) {
      settled = choice.settle(name(settings.optimization().precision()), claimant);
    } else {
      listener.noted(AUTO + "waiting for a node that trains to find what its device multiplies");
      settled = choice.await();
    }
    if (settled.equals(name(settings.optimization().precision()))) {
      String why = settings.origins().get(Settings.PRECISION).substring(ORIGIN.length());
      listener.noted(AUTO + settled + ", as " + why);
      return settings;
    }
    listener.noted(AUTO + settled + ", as stored with the run");
    Precision precision = Precision.valueOf(settled.toUpperCase(Locale.ROOT));
    if (precision == Precision.BF16
        && settings.cluster().roles().contains(Role.TRAINER)
        && !devices.hasBfloat16()) {
      listener.noted(
          "warning: the device of this node does not multiply bf16, which the run began with: its"
              + " steps will be slow");
    }
    return settings.withPrecision(precision, ORIGIN + "stored with the run");
  }

  private static String name(Precision precision) {
    return precision.name().toLowerCase(Locale.ROOT);
  }
}
