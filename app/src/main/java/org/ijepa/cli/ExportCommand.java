package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.interchange.ModelExport;
import org.ijepa.interchange.ModelFiles;
import org.ijepa.interchange.ModelNotes;
import org.ijepa.interchange.TorchExport;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.settings.DataSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a checkpoint for other programs. */
@Command(
    name = "export",
    description = {
      "Writes a checkpoint for other programs.",
      "hf: a folder that transformers' IJepaModel loads; safetensors: one encoder under its published",
      "names; torch: a .pth.tar with everything, both encoders too, that the published code goes on",
      "from."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa export --checkpoint runs/a/checkpoints --format hf --out models/a",
      "  ijepa export --checkpoint runs/a/checkpoints --format torch --out a-latest.pth.tar"
    })
final class ExportCommand implements Callable<Integer> {

  /** What is written. */
  enum Format {
    HF,
    SAFETENSORS,
    TORCH
  }

  @Spec private CommandSpec spec;
  @Mixin private CheckpointOptions from;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      required = true,
      description = "hf, safetensors or torch.")
  private Format format;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "PATH",
      required = true,
      description = "Folder (hf) or file.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    if (format != Format.HF && Files.isDirectory(out)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          out + " is a folder",
          "name a file; a folder is what --format hf writes");
    }
    Path room = out.toAbsolutePath().getParent();
    try (StoredCheckpoint stored = from.stored(room)) {
      if (format == Format.TORCH) {
        torch(stored);
      } else {
        encoder(stored);
      }
    }
    return ExitCode.DONE.number();
  }

  private void encoder(StoredCheckpoint stored) throws IOException {
    boolean target = from.encoder() == Encoder.TARGET;
    String file = target ? TensorFiles.TARGET_ENCODER : TensorFiles.ENCODER;
    DataSettings data = stored.settings().data();
    try (ModelFiles files = stored.files(List.of(file));
        WorkLine progress = writing(stored)) {
      ModelExport export =
          new ModelExport(
              stored.geometry(), data.mean(), data.std(), files, target, stored.name().toString());
      if (format == Format.HF) {
        export.transformers(out, progress::bytes);
      } else {
        export.safetensors(out, progress::bytes);
      }
    }
    say(from.encoderName() + " encoder of " + stored.name() + " written to " + out);
  }

  private void torch(StoredCheckpoint stored) throws IOException {
    var facts = stored.facts();
    DataSettings data = stored.settings().data();
    ModelNotes notes = ModelNotes.of(stored.geometry(), data.mean(), data.std());
    try (ModelFiles files = stored.files(TensorFiles.NAMES);
        WorkLine progress = writing(stored)) {
      new TorchExport(stored.geometry(), files, facts, notes).write(out, progress::bytes);
    }
    say(stored.name() + " written to " + out + ", epochs finished: " + facts.epochs());
    if (stored.withinEpoch()) {
      say("the checkpoint lies within an epoch, which the published code begins again");
    }
    notes
        .unlikePublished()
        .forEach(
            difference ->
                say("the published code has to be changed for this model: " + difference));
  }

  private WorkLine writing(StoredCheckpoint stored) {
    return stored.data().work("writing " + out + ":", "MB");
  }

  private void say(String line) {
    PrintWriter text = spec.commandLine().getOut();
    text.println(line);
    text.flush();
  }
}
