package org.ijepa.settings;

import java.util.Map;

/**
 * What is measured of the model while a run goes on.
 *
 * @param collapse signs of collapse
 * @param onCollapse what a run does about them
 * @param online a probe on labelled images
 */
public record EvaluationSettings(Collapse collapse, OnCollapse onCollapse, Online online) {
  /** A batch that shows no collapse unless it has as many images. */
  private static final int FEW_IMAGES = 8;

  /** Fewer leave too few to ask about. */
  private static final int FEW_PROBED = 10;

  /** More would show little more. */
  private static final int MANY_IMAGES = 256;

  /**
   * Of the images that a trainer trains on between two measurements, one in so many is measured:
   * most of an image's cost is in what training does with it.
   */
  private static final int TRAINED_FOR_ONE = 50;

  /**
   * When signs of collapse are looked for, and on what.
   *
   * @param everySteps steps between two looks; 0: never
   * @param images of the batch that is looked at
   */
  public record Collapse(int everySteps, int images) {
    public Collapse {
      Check.atLeast("evaluation.collapse.every-steps", everySteps, 0);
      Check.atLeast("evaluation.collapse.images", images, FEW_IMAGES);
    }
  }

  /**
   * A probe of the features on labelled images that the run does not train on.
   *
   * @param uri of the images; empty for no probe
   * @param label column of labels.csv; empty for its first, or the folders' names
   * @param probe what is fitted
   * @param everySteps steps between two; 0: never
   * @param images that are looked at, at most
   */
  public record Online(String uri, String label, Probe probe, int everySteps, int images) {
    /** What is fitted. */
    public enum Probe {
      KNN,
      RIDGE
    }

    public Online {
      Uris.check("evaluation.data", uri);
      Check.atLeast("evaluation.every-steps", everySteps, 0);
      Check.atLeast("evaluation.images", images, FEW_PROBED);
    }

    /** Whether there is a probe at all. */
    public boolean isOn() {
      return everySteps > 0 && !uri.isEmpty();
    }
  }

  /** What a run does when it collapses. */
  public enum OnCollapse {
    /** It says so. */
    WARN,
    /** It says so, writes a checkpoint and ends. */
    STOP,
    /** The same, and checkpoints from after the last look without signs of it are deleted. */
    ROLLBACK
  }

  /**
   * So many images that looking at them costs little beside the training in between: one trainer
   * looks, and all wait.
   */
  static int images(int everySteps, int globalBatch, int trainers) {
    long trained = (long) everySteps * globalBatch / trainers;
    return (int) Math.max(FEW_IMAGES, Math.min(MANY_IMAGES, trained / TRAINED_FOR_ONE));
  }

  Map<String, Object> values() {
    return Values.of(
        "evaluation.data", online.uri(),
        "evaluation.label", online.label(),
        "evaluation.probe", online.probe(),
        "evaluation.every-steps", online.everySteps(),
        "evaluation.images", online.images(),
        "evaluation.on-collapse", onCollapse,
        "evaluation.collapse.every-steps", collapse.everySteps(),
        "evaluation.collapse.images", collapse.images());
  }
}
