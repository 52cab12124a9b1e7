package org.ijepa.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.interchange.ModelNotes;
import org.ijepa.interchange.PublishedCheckpoint;
import org.ijepa.node.Models;
import org.ijepa.safetensors.SafetensorsWriter;
import org.ijepa.settings.ConfigurationError;
import org.ijepa.settings.ModelSettings;
import org.ijepa.settings.Settings;
import org.ijepa.store.S3Access;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Turns a file of the published code into a checkpoint. */
@Command(
    name = "import",
    description = {
      "Turns a .pth.tar of the published code into a checkpoint.",
      "Eval, export, embed and pictures take it, and pretrain begins with it (model.init.checkpoint).",
      "Nothing in the file is executed."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa import IN1K-vit.h.14-300e.pth.tar --out models/vith14")
final class ImportCommand implements Callable<Integer> {
  /** Patches along a side of the smallest published model's images. */
  private static final int PUBLISHED_SIDE = 14;

  private static final int COLORS = 3;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The .pth.tar.")
  private Path file;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      required = true,
      description = "New folder of checkpoints.")
  private Path out;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "Attention heads of the encoder, where its size is none of the published.")
  private Optional<Integer> heads = Optional.empty();

  @Option(
      names = "--predictor-heads",
      paramLabel = "N",
      description = "Attention heads of the predictor (default: the encoder's).")
  private Optional<Integer> predictorHeads = Optional.empty();

  @Option(
      names = "--mean",
      paramLabel = "M",
      split = ",",
      description = "Mean of each channel, of 1, where they are not red, green and blue.")
  private List<Double> mean = List.of();

  @Option(
      names = "--std",
      paramLabel = "S",
      split = ",",
      description = "Deviation of each channel, of 1, where they are not red, green and blue.")
  private List<Double> std = List.of();

  @Override
  public Integer call() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          Files.isDirectory(file) ? file + " is a folder" : "no such file: " + file,
          "name a .pth.tar of the published code");
    }
    try (PublishedCheckpoint published = PublishedCheckpoint.open(file)) {
      Settings settings = settings(published);
      Map<String, SafetensorsWriter> tensors = published.files(Models.geometry(settings));
      CheckpointName name = new CheckpointName(published.updates(), 1);
      write(name, tensors, state(published, settings));
      say(name, published, settings);
    }
    return ExitCode.DONE.number();
  }

  private Settings settings(PublishedCheckpoint published) throws IOException {
    PublishedCheckpoint.Sizes sizes = published.sizes();
    Optional<ModelNotes> notes = published.notes();
    notes.ifPresent(this::requireSame);
    ModelSettings.Encoder encoder = encoder(sizes, notes);
    List<String> sets = new ArrayList<>();
    sets.add("data.image-size=" + sizes.imageSize());
    sets.addAll(channels(sizes.channels(), notes));
    notes.ifPresent(told -> sets.add("model.norm-eps=" + told.normEps()));
    sets.add("model.encoder=\"" + encoder.name() + "\"");
    sets.add("model.patch-size=" + sizes.patchSize());
    sets.add("model.mlp-ratio=" + ratio(sizes.hidden(), sizes.width()));
    sets.add("model.predictor.width=" + sizes.predictorWidth());
    sets.add("model.predictor.depth=" + sizes.predictorDepth());
    sets.add(
        "model.predictor.heads="
            + notes
                .map(ModelNotes::predictorHeads)
                .or(() -> predictorHeads)
                .orElse(encoder.heads()));
    sets.add("model.predictor.mlp-ratio=" + ratio(sizes.predictorHidden(), sizes.predictorWidth()));
    // Published models are evaluated as float32 computes them.
    sets.add("optimization.precision=fp32");
    sets.add("mask.mode=reference");
    int batch = published.batchSize() * published.worldSize();
    if (batch > 0) {
      sets.add("optimization.global-batch=" + batch);
      sets.add("order.streams=" + published.worldSize());
      sets.add("optimization.micro-batch=1");
    }
    int side = sizes.imageSize() / sizes.patchSize();
    if (side < PUBLISHED_SIDE) {
      // Only there so that the settings hold together: masks are no part of a file.
      sets.add("mask.min-keep=0");
    }
    try {
      return Settings.load(Optional.empty(), sets);
    } catch (ConfigurationError e) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          file + " holds a model that cannot be: " + e.line(),
          "give a file of the published code, with --heads and --predictor-heads that divide its"
              + " widths",
          e);
    }
  }

  /** Options may not say other than the file does. */
  private void requireSame(ModelNotes told) {
    require("--heads", heads, told.heads());
    require("--predictor-heads", predictorHeads, told.predictorHeads());
    require("--mean", Optional.of(mean).filter(given -> !given.isEmpty()), told.mean());
    require("--std", Optional.of(std).filter(given -> !given.isEmpty()), told.deviation());
  }

  private <T> void require(String option, Optional<T> given, T told) {
    if (given.isPresent() && !given.get().equals(told)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          option + " " + given.get() + ", but " + file + " says " + told,
          "leave " + option + " out");
    }
  }

  /**
   * Of what the published code trains on, mean and deviation are known; none of its files says
   * them.
   */
  private List<String> channels(int channels, Optional<ModelNotes> notes) {
    List<String> sets = new ArrayList<>(List.of("data.channels=" + channels));
    if (notes.isPresent()) {
      sets.add("data.mean=" + notes.get().mean());
      sets.add("data.std=" + notes.get().deviation());
      return sets;
    }
    if (channels != COLORS && (mean.isEmpty() || std.isEmpty())) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          file
              + " is for "
              + (channels == 1 ? "grey images" : "images of " + channels + " channels")
              + ", whose mean and deviation it does not say",
          "give --mean and --std, a number for each channel: --mean 0.459 --std 0.226");
    }
    if (!mean.isEmpty()) {
      sets.add("data.mean=" + mean);
    }
    if (!std.isEmpty()) {
      sets.add("data.std=" + std);
    }
    return sets;
  }

  private ModelSettings.Encoder encoder(
      PublishedCheckpoint.Sizes sizes, Optional<ModelNotes> notes) {
    return notes
        .map(ModelNotes::heads)
        .or(() -> heads)
        .map(given -> ModelSettings.Encoder.of(sizes.width(), sizes.depth(), given))
        .or(() -> ModelSettings.Encoder.published(sizes.width(), sizes.depth()))
        .orElseThrow(
            () ->
                new Failure(
                    ExitCode.WRONG_USAGE,
                    file
                        + " has an encoder of width "
                        + sizes.width()
                        + " and depth "
                        + sizes.depth()
                        + ", none of the published, and tells no number of attention heads",
                    "give --heads"));
  }

  /** A ratio that gives the hidden width again when it is rounded down. */
  private static double ratio(int hidden, int width) {
    double ratio = (double) hidden / width;
    return (int) (width * ratio) == hidden ? ratio : Math.nextUp(ratio);
  }

  private byte[] state(PublishedCheckpoint published, Settings settings) throws IOException {
    ObjectNode state = JSON.createObjectNode();
    state.put("step", published.updates());
    state.put("epoch", published.epochs() + 1);
    state.put("generation", 1);
    state.put("seed", 0);
    // No data set of ours: a run in the same folder is refused.
    state.put("index_fingerprint", "imported");
    state.put("meaning", settings.meaning());
    ObjectNode imported = state.putObject("imported");
    imported.put("file", String.valueOf(file.getFileName()));
    imported.put("loss", published.loss());
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state);
  }

  private void write(CheckpointName name, Map<String, SafetensorsWriter> tensors, byte[] state)
      throws IOException {
    Files.createDirectories(out);
    Path scratch = Files.createTempDirectory(out, ".ijepa-");
    S3Access none = Models.s3(Settings.load(Optional.empty(), List.of()));
    try (DataAccess data = new DataAccess(none, WorkLines.of(spec))) {
      String uri = out.toString();
      CheckpointStore store = new CheckpointStore(uri, data.store(uri), scratch, data.system());
      if (store.newest().isPresent()) {
        throw new Failure(
            ExitCode.WRONG_USAGE, out + " holds checkpoints already", "give another --out");
      }
      List<Manifest.FileEntry> entries = new ArrayList<>();
      long all = tensors.values().stream().mapToLong(SafetensorsWriter::bytes).sum();
      long before = 0;
      try (WorkLine progress = data.work("writing " + out + ":", "MB")) {
        for (Map.Entry<String, SafetensorsWriter> entry : tensors.entrySet()) {
          long begin = before;
          entries.add(
              store.writeTensors(
                  name,
                  entry.getKey(),
                  entry.getValue(),
                  written -> progress.bytes(begin + written, all)));
          before += entry.getValue().bytes();
        }
      }
      store.complete(name, entries, List.of(), state);
    } finally {
      Files.deleteIfExists(scratch);
    }
  }

  private void say(CheckpointName name, PublishedCheckpoint published, Settings settings) {
    PrintWriter text = spec.commandLine().getOut();
    ModelSettings.Encoder encoder = settings.model().encoder();
    text.printf(
        "%s: %s (%d/%d/%d), %d x %d pixels, patches of %d; %d epochs, %s%n",
        file,
        encoder.name(),
        encoder.width(),
        encoder.depth(),
        encoder.heads(),
        settings.data().imageSize(),
        settings.data().imageSize(),
        settings.model().patchSize(),
        published.epochs(),
        published.updates() == 0
            ? "no state of the optimizer"
            : published.updates() + " updates of the optimizer");
    text.println("written to " + out.resolve(name.toString()));
    text.flush();
  }
}
