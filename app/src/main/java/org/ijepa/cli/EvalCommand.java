package org.ijepa.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Judges a checkpoint's frozen features. */
@Command(
    name = "eval",
    description = {
      "Fits a probe on frozen features of a checkpoint and prints how well it does on a test set.",
      "Labels come from a table (--labels FILE, or labels.csv beside the images), from .cls or .json in shards,",
      "or from the folders' names."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "PROBE",
    subcommands = {
      EvalLinear.class,
      EvalKnn.class,
      EvalAttentive.class,
      EvalLowshot.class,
      EvalRidge.class,
      EvalCount.class,
      EvalDepth.class,
      EvalCollapse.class
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa eval linear --checkpoint runs/a/checkpoints --data data/train --test data/test",
      "  ijepa eval ridge --label nearest --checkpoint runs/a/checkpoints \\",
      "      --data data/train --test data/test",
      "  ijepa eval collapse --checkpoint runs/a/checkpoints --data data/test"
    })
final class EvalCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a probe is missing");
  }
}
