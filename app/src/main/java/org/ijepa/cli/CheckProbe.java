package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ijepa.bench.ShortTiming;
import org.ijepa.bench.StepWork;
import org.ijepa.failure.Failure;
import org.ijepa.mask.MaskLengths;
import org.ijepa.node.Devices;
import org.ijepa.node.Models;
import org.ijepa.node.SourceSurvey;
import org.ijepa.plan.CheckpointDistance;
import org.ijepa.plan.MeasuredStep;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.MachineSettings;
import org.ijepa.settings.Settings;
import org.ijepa.source.EpochReads;
import org.ijepa.vit.StepCost;

/**
 * What {@code check --probe} finds out by trying: a few steps on this machine's device, the index
 * of the sources, some of their images; and what follows for the time of an epoch, for what it
 * reads, and for the distance of checkpoints.
 */
final class CheckProbe {
  /**
   * A store that cannot be reached is waited for no longer than that, and nothing is kept of it.
   */
  static final List<String> QUICK =
      List.of(
          "pipeline.retry.min-backoff=\"200 ms\"",
          "pipeline.retry.max-backoff=\"1 second\"",
          "pipeline.retry.give-up-after=\"5 seconds\"",
          "data.cache.limit=0");

  private static final Duration STEPS = Duration.ofSeconds(10);
  private static final double KILO = 1e3;
  private static final double TERA = 1e12;

  private final Settings settings;
  private final Settings quick;
  private final Devices devices;
  private final MachineSettings machine;
  private final MaskLengths masks;
  private final PrintWriter out;

  /**
   * Has tried nothing yet.
   *
   * @param settings of the run
   * @param quick the same with {@link #QUICK} over them
   * @param machine how often machines fail, and how fast checkpoints are written
   */
  CheckProbe(
      Settings settings,
      Settings quick,
      MachineSettings machine,
      MaskLengths masks,
      PrintWriter out) {
    devices = Devices.of(settings.cluster().device());
    this.settings = devices.settled(settings);
    this.quick = devices.settled(quick);
    this.machine = machine;
    this.masks = masks;
    this.out = out;
  }

  /** Tries what can be tried and prints it; what cannot be is a line that says why. */
  void run() {
    Optional<ShortTiming> timing = steps();
    if (settings.data().sources().isEmpty()) {
      line("probe: data.uri is not set: an epoch's steps, images and bytes are not known");
      timing.ifPresent(known -> times(known, Optional.empty(), Optional.empty()));
      return;
    }
    try (SourceSurvey survey = SourceSurvey.open(quick, this::indexing)) {
      traffic(survey);
      Optional<SourceSurvey.Speed> speed = images(survey);
      timing.ifPresent(known -> times(known, Optional.of(survey), speed));
    } catch (IOException | Failure e) {
      line("warning: nothing is known of the data: %s", text(e));
      timing.ifPresent(known -> times(known, Optional.empty(), Optional.empty()));
    }
  }

  private IndexLines indexing(String uri) {
    return new IndexLines((what, unit) -> WorkLine.onStandardOutput(out, "# " + what, unit), uri);
  }

  private void line(String format, Object... values) {
    out.println("# " + String.format(Locale.ROOT, format, values));
    out.flush();
  }

  /** Seconds as people say them, from milliseconds to days. */
  private static String time(double seconds) {
    double days = seconds / Duration.ofDays(1).toSeconds();
    if (days >= 2) {
      return String.format(Locale.ROOT, "%.1f days", days);
    }
    return seconds < 1
        ? String.format(Locale.ROOT, "%.0f ms", seconds * KILO)
        : PlanCommand.hours(seconds);
  }

  private static String text(Exception e) {
    return e instanceof Failure failure ? failure.line() : String.valueOf(e.getMessage());
  }

  private Optional<ShortTiming> steps() {
    if (settings.cluster().decodesOnly()) {
      line("probe: a node of this configuration trains nothing");
      return Optional.empty();
    }
    try {
      devices.requireMemory(settings);
    } catch (Failure e) {
      line("warning: no step was tried: %s", e.line());
      return Optional.empty();
    }
    devices.multiply(settings);
    announce();
    ClusterSettings cluster = settings.cluster();
    StepWork work = StepWork.of(settings, masks);
    ShortTiming timing = ShortTiming.of(work, devices.first(), STEPS);
    line(
        "probe: a micro-batch of %d takes %.0f ms, an update %.0f ms, on %s in %s (median of %d)",
        settings.optimization().microBatch(),
        timing.microBatchSeconds() * KILO,
        timing.updateSeconds() * KILO,
        devices.areGpus()
            ? devices.gpus().get(0).name()
            : cluster.threads() + (cluster.threads() == 1 ? " thread" : " threads"),
        work.bf16() ? "bf16" : "fp32",
        timing.steps());
    return Optional.of(timing);
  }

  /**
   * Says what is tried: a step of a large model can take minutes, and one is made whatever it
   * takes.
   */
  private void announce() {
    StepCost cost =
        StepCost.of(
            Models.geometry(settings), masks.context(), settings.mask().targets(), masks.target());
    int images = settings.optimization().microBatch();
    line(
        "probe: steps of %d image%s, %.3g TFLOP each, for %d seconds, or one if that takes longer",
        images, images == 1 ? "" : "s", images * cost.total() / TERA, STEPS.toSeconds());
  }

  private Optional<SourceSurvey.Speed> images(SourceSurvey survey) {
    try {
      SourceSurvey.Speed speed = survey.measure(System::nanoTime);
      line(
          "probe: %d images of %.1f kB on average come at %s images/s; %d threads decode %s"
              + " images/s%s",
          speed.images(),
          speed.meanBytes() / KILO,
          DrawnLine.rate(speed.readRate()),
          speed.threads(),
          DrawnLine.rate(speed.decodeRate()),
          sharesCores() ? ", on the cores that train" : "");
      return Optional.of(speed);
    } catch (Failure e) {
      line("warning: no images were tried: %s", e.line());
      return Optional.empty();
    }
  }

  /** Whether decoding takes its time from the trainers. */
  private boolean sharesCores() {
    ClusterSettings cluster = settings.cluster();
    int threads = cluster.threads() + settings.pipeline().decodeParallelism();
    return !devices.areGpus()
        && cluster.trainers() * threads > Runtime.getRuntime().availableProcessors();
  }

  private MeasuredStep step(ShortTiming timing, Optional<SourceSurvey.Speed> speed, int nodes) {
    return new MeasuredStep(
        settings.optimization().globalBatch(),
        settings.optimization().microBatch(),
        nodes * settings.cluster().trainers(),
        timing.microBatchSeconds(),
        timing.updateSeconds(),
        speed.map(
            known ->
                new MeasuredStep.Input(
                    nodes * known.readRate(), nodes * known.decodeRate(), sharesCores())));
  }

  private void times(
      ShortTiming timing, Optional<SourceSurvey> survey, Optional<SourceSurvey.Speed> speed) {
    MeasuredStep step = step(timing, speed, 1);
    int trainers = settings.cluster().trainers();
    line(
        "time: a step of %d images %s with %s, %s images/s%s",
        step.globalBatch(),
        time(step.seconds()),
        trainers == 1
            ? "the trainer of this machine"
            : "the " + trainers + " trainers of this machine",
        DrawnLine.rate(step.rate()),
        speed.isPresent() ? limit(step) : "; how fast images come is not known");
    survey.ifPresent(known -> epochs(step, known.stepsPerEpoch()));
    checkpoints(
        step(timing, speed, nodes()), survey.map(known -> totalSteps(known.stepsPerEpoch())));
  }

  private static String limit(MeasuredStep step) {
    return String.format(
        Locale.ROOT,
        "; %s limit%s (of a step: computing %s, decoding %s, reading %s)",
        step.limit().words(),
        step.limit() == MeasuredStep.Limit.TRAINERS ? "" : "s",
        time(step.computing()),
        time(step.decoding()),
        time(step.reading()));
  }

  private long totalSteps(long stepsPerEpoch) {
    return settings.optimization().totalSteps(stepsPerEpoch);
  }

  private void epochs(MeasuredStep step, long stepsPerEpoch) {
    line(
        "time: an epoch of %,d steps %s, the run of %,d steps %s",
        stepsPerEpoch,
        time(stepsPerEpoch * step.seconds()),
        totalSteps(stepsPerEpoch),
        time(totalSteps(stepsPerEpoch) * step.seconds()));
  }

  /** Nodes that the run waits for or joins through; one where it says nothing of others. */
  private int nodes() {
    ClusterSettings cluster = settings.cluster();
    int waitedFor = (cluster.minTrainers() + cluster.trainers() - 1) / cluster.trainers();
    return Math.max(1, Math.max(waitedFor, cluster.seedNodes().size()));
  }

  private void checkpoints(MeasuredStep step, Optional<Long> totalSteps) {
    long every = settings.checkpoint().everySteps();
    if (totalSteps.isPresent()) {
      every = Math.min(every, totalSteps.get());
    }
    CheckpointDistance distance =
        CheckpointDistance.of(Models.copyBytes(settings), every * step.seconds(), machine, nodes());
    line(
        "checkpoints: every %d steps are %s, each keeps training waiting for %s (%.2g %%); a"
            + " failure that loses all, of %s every %s, undoes %s on average",
        every,
        time(distance.interval()),
        time(distance.cost()),
        100 * distance.cost() / (distance.interval() + distance.cost()),
        nodes() == 1 ? "one node" : nodes() + " nodes",
        time(distance.mtbf()),
        time(distance.lost()));
    Advice.distance(distance, every, step.seconds()).ifPresent(text -> line("warning: %s", text));
  }

  private void traffic(SourceSurvey survey) {
    for (SourceSurvey.Part part : survey.parts()) {
      EpochReads reads = part.reads();
      StringBuilder text = new StringBuilder();
      text.append(
          String.format(
              Locale.ROOT,
              "data: %s: %,d images%s; an epoch reads %s",
              part.uri(),
              reads.samples(),
              part.ignored().text(),
              CheckCommand.size(part.share() * reads.bytes())));
      if (part.isInS3()) {
        text.append(
            String.format(
                Locale.ROOT,
                " by %,.0f requests%s; to list it takes %s%,d at each start of a node",
                part.share() * reads.requests(),
                part.inPieces() ? " for pieces of 1 MiB" : "",
                reads.listing() > 1 ? "about " : "",
                reads.listing()));
        if (reads.indexRequests() > 0) {
          text.append(
              String.format(
                  Locale.ROOT, ", and to index its shards about %,d once", reads.indexRequests()));
        }
      }
      if (settings.data().cacheLimit() > 0) {
        text.append(
            String.format(
                Locale.ROOT,
                "; %s of it are kept in data.cache.dir",
                CheckCommand.size((double) Math.min(settings.data().cacheLimit(), reads.bytes()))));
      }
      line("%s", text);
    }
  }
}
