package org.ijepa.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import org.ijepa.batch.SampleViews;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.failure.ExitCode;
import org.ijepa.node.Models;
import org.ijepa.picture.Sheet;
import org.ijepa.picture.Tile;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Draws masks. */
@Command(
    name = "masks",
    description = {
      "Draws masks of both modes on your images.",
      "Context patches are shown as they are, target blocks in colours, the rest faded; and how"
          + " often",
      "each patch is in a context or a target."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa masks --config conf/vitb16.conf --data photos --out masks.png")
final class MasksCommand implements Callable<Integer> {
  private static final int GREY = 0x808080;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

  @Option(names = "--data", paramLabel = "URI", description = "Images (default: grey squares).")
  private Optional<String> data = Optional.empty();

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description = "A .png file.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Views.requirePng(out);
    Settings settings = options.load();
    Sheet sheet = new Sheet(Views.tileSide(settings.grid()));
    if (data.isPresent()) {
      try (ImageDecoder decoder = ImageDecoders.open(ImageDecoders.Options.of(settings))) {
        withImages(settings, decoder, sheet);
      }
    } else {
      int side = Views.tileSide(settings.grid());
      draw(sheet, i -> Tile.plain(side, settings.grid(), GREY));
    }
    sheet.write(out);
    spec.commandLine().getOut().println("written to " + out);
    return ExitCode.DONE.number();
  }

  private void withImages(Settings settings, ImageDecoder decoder, Sheet sheet) {
    try (DataAccess access = new DataAccess(Models.s3(settings), WorkLines.of(spec))) {
      DataSource source = access.source(data.orElseThrow(), Models.indexCache(settings));
      SampleViews images = new SampleViews(source, decoder, settings.data().imageSize());
      draw(sheet, MaskPictures.tiles(images, settings, spec.commandLine().getErr()));
    }
  }

  private void draw(Sheet sheet, IntFunction<Tile> tiles) {
    for (String mode : List.of("reference", "corrected")) {
      MaskPictures.add(mode(mode), sheet, tiles, mode);
    }
  }

  /** The configuration with a mode and all that follows from it. */
  private Settings mode(String mode) {
    return options.load(
        List.of(
            "mask.mode=" + mode,
            "mask.draws=auto",
            "mask.places=auto",
            "mask.cap=auto",
            "mask.cut=auto",
            "mask.group-size=auto",
            "optimization.micro-batch=1"));
  }
}
