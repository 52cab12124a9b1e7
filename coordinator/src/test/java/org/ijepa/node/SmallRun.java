package org.ijepa.node;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;

/** A pretraining that takes a second: 40 small pictures, a model of width 16. */
final class SmallRun {
  private static final int IMAGES = 40;
  private static final int SIDE = 40;

  private SmallRun() {}

  static Path images(Path folder) throws IOException {
    Files.createDirectories(folder);
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < IMAGES; i++) {
      BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = image.createGraphics();
      for (int k = 0; k < 6; k++) {
        graphics.setColor(new Color(random.nextInt(1 << 24)));
        graphics.fillOval(
            random.nextInt(SIDE),
            random.nextInt(SIDE),
            random.nextInt(4, SIDE),
            random.nextInt(4, SIDE));
      }
      graphics.dispose();
      ImageIO.write(image, "png", folder.resolve(String.format("%03d.png", i)).toFile());
    }
    return folder;
  }

  static Settings settings(Path images, String... sets) {
    return settings(images.toString(), sets);
  }

  static Settings settings(String uri, String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.uri=\"" + uri + "\"",
                "data.cache.dir=\"\"",
                "data.image-size=32",
                "model.patch-size=4",
                "model.encoder=16/2/2",
                "model.predictor.width=8",
                "model.predictor.depth=1",
                "mask.min-keep=4",
                "optimization.global-batch=8",
                "optimization.micro-batch=2",
                "order.streams=2",
                "optimization.steps=12",
                "optimization.precision=fp32",
                "cluster.threads=1",
                "checkpoint.every-steps=4"));
    all.addAll(List.of(sets));
    return Settings.load(Optional.empty(), all);
  }

  static RunOutcome run(Settings settings, Path out, StepProbe probe)
      throws IOException, InterruptedException {
    return run(settings, out, probe, RunListener.NONE);
  }

  static RunOutcome run(Settings settings, Path out, StepProbe probe, RunListener listener)
      throws IOException, InterruptedException {
    try (PretrainRun run = new PretrainRun(settings, out, listener, probe)) {
      return run.run();
    }
  }

  /** Collects what is noted. */
  static RunListener noting(Collection<String> notes) {
    return new RunListener() {
      @Override
      public void committed(StepMetrics metrics) {}

      @Override
      public void noted(String text) {
        notes.add(text);
      }
    };
  }

  /** Runs until a step is committed, and stops: always with a checkpoint. */
  static RunOutcome stopAfter(long step, Settings settings, Path out)
      throws IOException, InterruptedException {
    return stopAfter(step, settings, out, StepProbe.NONE);
  }

  static RunOutcome stopAfter(long step, Settings settings, Path out, StepProbe probe)
      throws IOException, InterruptedException {
    AtomicReference<PretrainRun> running = new AtomicReference<>();
    RunListener stop =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {
            if (metrics.step() == step) {
              running.get().requestStop();
            }
          }

          @Override
          public void noted(String text) {}
        };
    try (PretrainRun run = new PretrainRun(settings, out, stop, probe)) {
      running.set(run);
      return run.run();
    }
  }

  /** A shard of members, in their order. */
  static void shard(Path file, Map<String, byte[]> members) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(member.getKey());
        entry.setSize(member.getValue().length);
        entry.setModTime(0);
        tar.putArchiveEntry(entry);
        tar.write(member.getValue());
        tar.closeArchiveEntry();
      }
    }
  }

  /** All pictures of a folder in shards of 12: {@code t-0.tar} and so on. */
  static Path shards(Path folder, Path images) throws IOException {
    Files.createDirectories(folder);
    List<Path> all = files(images);
    for (int from = 0; from < all.size(); from += 12) {
      Map<String, byte[]> members = new LinkedHashMap<>();
      for (Path image : all.subList(from, Math.min(all.size(), from + 12))) {
        members.put(image.getFileName().toString(), Files.readAllBytes(image));
      }
      shard(folder.resolve("t-%d.tar".formatted(from / 12)), members);
    }
    return folder;
  }

  /** Files of a folder by name. */
  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  static List<Double> losses(Path out) throws IOException {
    return MetricsLog.read(out.resolve("metrics.jsonl")).stream().map(StepMetrics::loss).toList();
  }

  /** The folders of the complete checkpoints, oldest first. */
  static List<Path> checkpoints(Path out) throws IOException {
    try (Stream<Path> folders = Files.list(out.resolve("checkpoints"))) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("manifest.json")))
          .sorted(
              Comparator.comparing(
                  folder -> CheckpointName.parse(folder.getFileName().toString()).orElseThrow()))
          .toList();
    }
  }

  /** The folder of the newest complete checkpoint. */
  static Path newest(Path out) throws IOException {
    List<Path> all = checkpoints(out);
    return all.get(all.size() - 1);
  }

  /** The tensors of the newest checkpoint, as its manifest has them: names, sizes, SHA-256. */
  static String tensors(Path out) throws IOException {
    StringBuilder text = new StringBuilder();
    String[] entries = Files.readString(newest(out).resolve("manifest.json")).split("\\}", -1);
    for (String entry : entries) {
      if (entry.contains("safetensors")) {
        text.append(entry.replaceAll("\\s+", " "));
      }
    }
    return text.toString();
  }

  /** The ledger's entries that are not void. */
  static List<LedgerEntry> ledger(Path out) throws IOException {
    return LedgerFile.read(out.resolve("ledger.jsonl")).entries();
  }
}
