package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.node.PretrainRun;
import org.ijepa.run.FindingLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.store.EmbeddedS3;
import org.ijepa.store.FaultyProxy;
import org.ijepa.store.FaultyProxy.Fault;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole run on an S3 server that does everything wrong but lie is the run on a sound one. */
final class FaultyStoreRunTest {
  private static final int IMAGES = 64;
  private static final int SIDE = 100;

  /** What is no image stands at every place of sixteen. */
  private static final int BROKEN_EVERY = 16;

  private static final int STEPS = 26;
  private static final int STOP_AFTER = 12;

  @TempDir Path temp;

  /** Noise, of some 30 kB each, so that a connection that is cut later is one soon. */
  private static byte[] image(SplittableRandom random) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  private static void fill(EmbeddedS3 s3) throws IOException {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < IMAGES; i++) {
      byte[] bytes = image(random);
      if (i % BROKEN_EVERY == 5) {
        bytes[1] = 'X';
      }
      s3.put("set/%02d.png".formatted(i), bytes);
    }
  }

  /**
   * Of a connection each. One that trickles is left to a second request, of which none is sent
   * before enough reads are known, or to 30 s.
   */
  private static Fault[] faults() {
    List<Fault> faults = new ArrayList<>();
    while (faults.size() < 160) {
      faults.addAll(
          List.of(Fault.CUT_LATER, Fault.SLOW, Fault.UNAVAILABLE, Fault.CUT_LATER, Fault.CUT));
    }
    faults.set(faults.size() - 1, Fault.TRICKLE);
    return faults.toArray(Fault[]::new);
  }

  private static List<String> sets(int port, int trainers) {
    return List.of(
        "data.s3.endpoint=\"http://127.0.0.1:" + port + "\"",
        "data.cache.dir=\"\"",
        "pipeline.bad-sample-budget=0.2",
        "pipeline.retry.min-backoff=5 ms",
        "pipeline.retry.max-backoff=50 ms",
        "optimization.canonical-reduction=true",
        "order.streams=4",
        "mask.group-size=4",
        "checkpoint.every-steps=7",
        "cluster.trainers=" + trainers);
  }

  private static List<String> options(int port, int trainers) {
    List<String> options =
        new ArrayList<>(ProcessRun.settings(Path.of("s3://" + EmbeddedS3.BUCKET + "/set"), STEPS));
    // A path has no two slashes.
    options.replaceAll(
        option -> option.replace("s3:/" + EmbeddedS3.BUCKET, "s3://" + EmbeddedS3.BUCKET));
    sets(port, trainers).forEach(set -> options.addAll(List.of("--set", set)));
    return options;
  }

  private static void pretrain(int port, int trainers, Path out) {
    List<String> command = new ArrayList<>(List.of("pretrain", "--out", out.toString()));
    command.addAll(options(port, trainers));
    Outcome outcome = Outcome.run(command.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.out() + outcome.err()).isZero();
  }

  /** As Ctrl-C does it. */
  private static void stopped(int port, int trainers, Path out) throws Exception {
    List<String> sets = options(port, trainers).stream().filter(o -> !o.equals("--set")).toList();
    PretrainRun[] running = new PretrainRun[1];
    RunListener stop =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {
            if (metrics.step() == STOP_AFTER) {
              running[0].requestStop();
            }
          }

          @Override
          public void noted(String text) {}
        };
    try (PretrainRun run =
        new PretrainRun(Settings.load(Optional.empty(), sets), out, stop, StepProbe.NONE)) {
      running[0] = run;
      RunOutcome outcome = run.run();
      assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.INTERRUPTED);
    }
  }

  private static PipelineCounts counts(Path out) throws IOException {
    PipelineCounts counts = PipelineCounts.NONE;
    for (FindingLog.Line line : FindingLog.read(RunFolder.pipeline(out))) {
      counts = counts.plus(PipelineCounts.of(line.numbers()));
    }
    return counts;
  }

  @Test
  void shouldHaveTheBitsAndTheLedgerOfARunOnASoundServer() throws Exception {
    Path sound = temp.resolve("sound");
    Path disturbed = temp.resolve("disturbed");
    try (EmbeddedS3 s3 = EmbeddedS3.start();
        FaultyProxy proxy = new FaultyProxy(s3.port())) {
      fill(s3);
      pretrain(s3.port(), 1, sound);
      proxy.cycle(faults());
      stopped(proxy.port(), 2, disturbed);
      pretrain(proxy.port(), 1, disturbed);
      assertThat(proxy.connections()).isGreaterThan(50);
    }
    assertThat(ProcessRun.losses(disturbed)).hasSize(STEPS).isEqualTo(ProcessRun.losses(sound));
    assertThat(ProcessRun.tensors(disturbed, STEPS)).isEqualTo(ProcessRun.tensors(sound, STEPS));
    assertThat(ProcessRun.entries(disturbed)).isEqualTo(ProcessRun.entries(sound));
    Outcome verified = Outcome.run("ledger", "verify", "--run", disturbed.toString());
    assertThat(verified.code()).as(verified.out() + verified.err()).isZero();
    System.out.println(verified.out());
    assertThat(Files.readString(disturbed.resolve("quarantine.jsonl"))).contains("NOT_AN_IMAGE");
    assertThat(counts(sound).hedges().retries()).isZero();
    assertThat(counts(disturbed).hedges().retries()).isGreaterThan(20);
    Outcome doctor = Outcome.run("doctor", "--run", disturbed.toString());
    assertThat(doctor.out()).contains("times a read of the store failed");
  }
}
