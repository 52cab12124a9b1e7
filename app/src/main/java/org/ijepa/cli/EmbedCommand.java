package org.ijepa.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.ijepa.decode.BadImage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.interchange.FeatureFile;
import org.ijepa.node.Models;
import org.ijepa.source.DataSource;
import org.ijepa.vit.Geometry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes the features of images. */
@Command(
    name = "embed",
    description = {
      "Writes the features of images into a file.",
      "An array of float32 (.npy, .safetensors) or .csv, the images' names one a line in a .txt of the",
      "same stem, and how it was done in a .json."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa embed --checkpoint runs/a/checkpoints --data photos --out photos.npy",
      "  ijepa embed --checkpoint models/vith14 --data photos --patches --out patches.safetensors"
    })
final class EmbedCommand implements Callable<Integer> {
  /** Unreadable images that are named on the terminal; all are named in the file. */
  private static final int NAMED = 10;

  @Spec private CommandSpec spec;
  @Mixin private EncoderOptions from;

  @Option(names = "--data", paramLabel = "URI", required = true, description = "Images.")
  private String data;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description = "A .npy, .safetensors or .csv file.")
  private Path out;

  @Option(names = "--patches", description = "Every patch's features in place of their average.")
  private boolean patches;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Last blocks side by side (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Override
  public Integer call() throws IOException {
    if (!out.toString().matches("(?i).+\\.(npy|safetensors|csv)")) {
      throw new Failure(
          ExitCode.WRONG_USAGE, out + " has no form", "end it in .npy, .safetensors or .csv");
    }
    OutputFile.prepare(out);
    try (FrozenEncoder frozen = from.open()) {
      Geometry geometry = Models.geometry(frozen.settings());
      frozen.requireLayers(layers);
      int width = layers * geometry.width();
      List<Integer> shape = patches ? List.of(geometry.patches(), width) : List.of(width);
      DataSource source = frozen.source(data);
      try (WorkLine progress = frozen.work("features of " + data + ":", "images");
          Written written = new Written(source, new FeatureFile(out, shape), progress)) {
        frozen.stream(
            source,
            source.index().size(),
            new FeatureExtractor.Wanted(
                from.encoder(), layers, patches ? Values.PATCHES : Values.AVERAGE),
            written);
        written.finish(frozen, geometry);
      }
    }
    return ExitCode.DONE.number();
  }

  /** The files as they grow. */
  private final class Written implements FeatureExtractor.Rows, AutoCloseable {
    private final DataSource source;
    private final FeatureFile file;
    private final BufferedWriter unreadable;
    private final WorkLine progress;
    private long bad;

    Written(DataSource source, FeatureFile file, WorkLine progress) throws IOException {
      this.source = source;
      this.file = file;
      this.progress = progress;
      unreadable =
          Files.newBufferedWriter(
              FeatureFile.beside(out, ".unreadable.txt"), StandardCharsets.UTF_8);
    }

    @Override
    public void row(long sample, float[] values) throws IOException {
      file.add(source.index().key(sample), values);
      progress.at(sample + 1, source.index().size());
    }

    @Override
    public void unreadable(long sample, BadImage cause) throws IOException {
      String line = source.index().key(sample) + "\t" + cause.reason() + "\t" + cause.getMessage();
      unreadable.write(line);
      unreadable.newLine();
      if (bad++ < NAMED) {
        spec.commandLine().getErr().println("left out: " + line.replace('\t', ' '));
      }
    }

    void finish(FrozenEncoder frozen, Geometry geometry) throws IOException {
      progress.close();
      if (file.rows() == 0) {
        throw new Failure(
            ExitCode.BAD_DATA,
            "none of " + bad + " images of " + data + " can be read",
            "see " + FeatureFile.beside(out, ".unreadable.txt"));
      }
      file.finish();
      ObjectNode how = new ObjectMapper().createObjectNode();
      how.put("checkpoint", from.uri() + "/" + frozen.name());
      how.put("encoder", from.encoderName());
      how.put("precision", frozen.precision());
      how.put("layers", layers);
      how.put("pooling", patches ? "none" : "mean of patches");
      how.put("data", data);
      how.put("rows", file.rows());
      how.put("unreadable", bad);
      how.put("image_size", geometry.imageSize());
      how.put("channels", geometry.channels());
      how.put(
          "preprocessing",
          "images of the model's size as they are; others: the square in the middle, of the short"
              + " side, resized to the model's size (antialiased bilinear); then normalised");
      frozen.settings().data().mean().forEach(how.putArray("mean")::add);
      frozen.settings().data().std().forEach(how.putArray("std")::add);
      how.put("decoder", frozen.decoderName());
      Files.writeString(FeatureFile.beside(out, ".json"), how.toPrettyString() + "\n");
      PrintWriter text = spec.commandLine().getOut();
      text.printf("%d rows written to %s, %d images left out%n", file.rows(), out, bad);
      text.flush();
    }

    @Override
    public void close() throws IOException {
      unreadable.close();
      file.close();
      if (bad == 0) {
        Files.deleteIfExists(FeatureFile.beside(out, ".unreadable.txt"));
      }
    }
  }
}
