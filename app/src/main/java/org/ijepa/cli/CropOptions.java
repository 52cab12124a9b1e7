package org.ijepa.cli;

import java.util.List;
import org.ijepa.crop.CropRules;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.node.Models;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** What a probe that trains on crops sees of the labelled images. */
final class CropOptions {
  @Option(
      names = "--crop-scale",
      paramLabel = "SHARE",
      split = ",",
      showDefaultValue = Visibility.NEVER,
      description =
          "Least and largest part of a training image that a crop shows, such as 0.08,1. Default: as"
              + " in the run.")
  private List<Double> scale = List.of();

  @Option(
      names = "--no-flip",
      description = "Mirrors no training image. Default: half of them, as published.")
  private boolean still;

  /** Names of these options. */
  static final List<String> NAMES = List.of("--crop-scale", "--no-flip");

  boolean flip() {
    return !still;
  }

  CropRules rules(Settings settings) {
    CropRules run = Models.cropRules(settings);
    if (scale.isEmpty()) {
      return run;
    }
    try {
      return new CropRules(scale.get(0), scale.get(1), run.minAspect(), run.maxAspect());
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "--crop-scale " + scale,
          "give two numbers above 0 and up to 1, the smaller first",
          e);
    }
  }
}
