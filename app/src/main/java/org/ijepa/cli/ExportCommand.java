package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.failure.ExitCode;
import org.ijepa.interchange.ModelExport;
import org.ijepa.interchange.ModelFiles;
import org.ijepa.interchange.TorchExport;
import org.ijepa.node.Models;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.settings.DataSettings;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a checkpoint for other programs. */
@Command(
    name = "export",
    description = {
      "Writes a checkpoint for other programs.",
      "hf: a folder that transformers' IJepaModel loads; safetensors: one encoder under its published",
      "names; torch: a .pth.tar with everything that the published code goes on from."
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

  @Option(
      names = "--checkpoint",
      paramLabel = "URI",
      required = true,
      description = "Folder or s3:// prefix of a run's checkpoints; the newest is taken.")
  private String checkpoint;

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

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      defaultValue = "target",
      description = "hf, safetensors: target or context (default: ${DEFAULT-VALUE}).")
  private Encoder encoder;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      description = "Where S3 is: data.s3.endpoint, data.s3.region.")
  private List<String> sets = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    Settings access = Settings.load(Optional.empty(), sets);
    Path room = out.toAbsolutePath().getParent();
    try (StoredCheckpoint stored = new StoredCheckpoint(checkpoint, Models.s3(access), room)) {
      if (format == Format.TORCH) {
        torch(stored);
      } else {
        encoder(stored);
      }
    }
    return ExitCode.DONE.number();
  }

  private void encoder(StoredCheckpoint stored) throws IOException {
    boolean target = encoder == Encoder.TARGET;
    String file = target ? TensorFiles.TARGET_ENCODER : TensorFiles.ENCODER;
    DataSettings data = stored.settings().data();
    try (ModelFiles files = stored.files(List.of(file))) {
      ModelExport export =
          new ModelExport(
              stored.geometry(), data.mean(), data.std(), files, target, stored.name().toString());
      if (format == Format.HF) {
        export.transformers(out);
      } else {
        export.safetensors(out);
      }
    }
    say((target ? "target" : "context") + " encoder of " + stored.name() + " written to " + out);
  }

  private void torch(StoredCheckpoint stored) throws IOException {
    var facts = stored.facts();
    try (ModelFiles files = stored.files(TensorFiles.NAMES)) {
      new TorchExport(stored.geometry(), files, facts).write(out);
    }
    say(stored.name() + " written to " + out + ", epochs finished: " + facts.epochs());
    if (stored.withinEpoch()) {
      say("the checkpoint lies within an epoch, which the published code begins again");
    }
  }

  private void say(String line) {
    PrintWriter text = spec.commandLine().getOut();
    text.println(line);
    text.flush();
  }
}
