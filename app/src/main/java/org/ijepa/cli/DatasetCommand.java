package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.ijepa.dataset.IdxDataset;
import org.ijepa.dataset.SceneDataset;
import org.ijepa.dataset.SceneSettings;
import org.ijepa.failure.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes or converts data sets. */
@Command(
    name = "dataset",
    description = "Makes or converts a data set into a folder of images with labels.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "KIND",
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa dataset scenes --count 4000 --out data/scenes",
      "  ijepa dataset idx --images train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz \\",
      "      --out data/fashion/train"
    })
final class DatasetCommand implements Runnable {
  private static final int REPORT_EVERY = 1000;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a kind of data set is missing");
  }

  private static void progress(PrintWriter out, int done) {
    if (done % REPORT_EVERY == 0) {
      out.println(done + " images");
      out.flush();
    }
  }

  @Command(
      name = "scenes",
      description = "Renders scenes of coloured solids, labelled with their number and distance.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class)
  int scenes(
      @Option(names = "--out", paramLabel = "DIR", required = true) Path out,
      @Option(
              names = "--count",
              paramLabel = "N",
              defaultValue = "4000",
              description = "Images (default: ${DEFAULT-VALUE}).")
          int count,
      @Option(
              names = "--first",
              paramLabel = "I",
              defaultValue = "0",
              description = "Number of the first; ranges apart are splits apart.")
          int first,
      @Option(
              names = "--size",
              paramLabel = "PIXELS",
              defaultValue = "96",
              description = "Side of an image (default: ${DEFAULT-VALUE}).")
          int size,
      @Option(names = "--seed", paramLabel = "SEED", defaultValue = "0") long seed)
      throws IOException {
    SceneSettings defaults = SceneSettings.defaults();
    SceneSettings settings =
        new SceneSettings(
            size,
            defaults.minObjects(),
            defaults.maxObjects(),
            defaults.samplesAcross(),
            defaults.jpegQuality());
    PrintWriter print = spec.commandLine().getOut();
    SceneDataset.write(out, seed, first, count, settings, done -> progress(print, done));
    print.println(count + " scenes in " + out + ", labels in labels.csv and scenes.json");
    return ExitCode.DONE.number();
  }

  @Command(
      name = "idx",
      description = "Converts MNIST-like idx files (also .gz) into PNG images in label folders.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class)
  int idx(
      @Option(names = "--images", paramLabel = "FILE", required = true) Path images,
      @Option(names = "--labels", paramLabel = "FILE", required = true) Path labels,
      @Option(names = "--out", paramLabel = "DIR", required = true) Path out)
      throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    int count = IdxDataset.write(images, labels, out, done -> progress(print, done));
    print.println(count + " images in " + out + ", labels as folder names");
    return ExitCode.DONE.number();
  }
}
