package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.node.Models;
import org.ijepa.picture.Fonts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Draws what features tell apart. */
@Command(
    name = "pictures",
    description = {
      "Draws what the features of images tell apart.",
      "pca.png (patches in colours by their first three principal components), neighbours.png (the",
      "nearest images), similarity.png (one patch against all others), predicted.png (what the predictor",
      "says of masked patches, beside what the target encoder sees there)."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa pictures --checkpoint runs/a/checkpoints --data photos --out pictures")
final class PicturesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private EncoderOptions from;

  @Option(names = "--data", paramLabel = "URI", required = true, description = "Images.")
  private String data;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      required = true,
      description = "Folder for the pictures.")
  private Path out;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images shown, spread over the data (default: ${DEFAULT-VALUE}).")
  private int images;

  @Option(
      names = "--among",
      paramLabel = "N",
      defaultValue = "2000",
      description =
          "Images that neighbours are looked for among, spread over the data (default: ${DEFAULT-VALUE}).")
  private int among;

  @Option(
      names = "--patch",
      paramLabel = "ROW,COLUMN",
      split = ",",
      description = "Patch that others are compared with, from 0 (default: the one in the middle).")
  private int[] patch;

  @Override
  public Integer call() throws IOException {
    if (images < 1 || among < 1) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "--images " + images + " --among " + among + ": both must be at least 1",
          "leave them out for 8 among 2000");
    }
    Fonts.require();
    try (FrozenEncoder frozen = from.open()) {
      int chosen = chosen(Models.geometry(frozen.settings()).side());
      PrintWriter text = spec.commandLine().getOut();
      FeaturePictures pictures =
          FeaturePictures.of(
              frozen,
              from.encoder(),
              frozen.source(data),
              images,
              among,
              spec.commandLine().getErr());
      pictures.write(out, chosen);
      text.println(
          "pca.png, neighbours.png, similarity.png, predicted.png written to "
              + out
              + (pictures.leftOut() > 0 ? ", " + pictures.leftOut() + " images left out" : ""));
      text.flush();
    }
    return ExitCode.DONE.number();
  }

  private int chosen(int grid) {
    if (patch == null) {
      return grid / 2 * grid + grid / 2;
    }
    boolean fits =
        patch.length == 2
            && Math.min(patch[0], patch[1]) >= 0
            && Math.max(patch[0], patch[1]) < grid;
    if (!fits) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "--patch is not on the grid",
          "give ROW,COLUMN, each from 0 to " + (grid - 1));
    }
    return patch[0] * grid + patch[1];
  }
}
