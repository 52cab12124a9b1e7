package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.mask.MaskLengths;
import org.ijepa.node.Models;
import org.ijepa.plan.Plan;
import org.ijepa.plan.PlanChart;
import org.ijepa.plan.Workload;
import org.ijepa.settings.ClusterSettings.OnLoss;
import org.ijepa.settings.Extent;
import org.ijepa.settings.MachineSettings;
import org.ijepa.settings.OptimizationSettings.ReductionPrecision;
import org.ijepa.settings.Settings;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;
import org.ijepa.vit.StepCost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says what a run will take, before it. */
@Command(
    name = "plan",
    description = {
      "Simulates a run on machines of known speed: time, cost, bottleneck, checkpoints.",
      "One number of nodes gives details, several a table. Machines are files of measured numbers, see",
      "conf/plan/; --set takes their keys (machine.…) as well as those of the configuration."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa plan --config conf/vith14.conf --machine conf/plan/a100.conf --nodes 2",
      "  ijepa plan --config conf/vith14.conf --machine conf/plan/a100.conf \\",
      "      --nodes 1,2,4,8,16,32,64,128 --chart scaling.png",
      "  ijepa plan --config conf/vitb16.conf --machine conf/plan/a100.conf --nodes 4 \\",
      "      --set machine.failures.node-mtbf=\"30 days\" --set machine.price.node-hour=20"
    })
final class PlanCommand implements Callable<Integer> {
  private static final double HOUR = 3600;
  private static final double MINUTE = 60;

  @Spec private CommandSpec spec;
  @Mixin private PlanOptions options;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      split = ",",
      defaultValue = "1",
      description = "Nodes; several for a table (default: ${DEFAULT-VALUE}).")
  private List<Integer> nodes;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "1281167",
      description = "Images of the data set (default: ${DEFAULT-VALUE}, those of ImageNet-1K).")
  private long images;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "200",
      description = "Simulated runs (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--chart",
      paramLabel = "FILE",
      description = "Curves over the numbers of nodes, a .png file.")
  private Optional<Path> chart = Optional.empty();

  @Override
  public Integer call() throws IOException {
    require(nodes.stream().allMatch(count -> count >= 1), "--nodes must be at least 1");
    require(runs >= 1, "--runs must be at least 1");
    require(images >= 1, "--images must be at least 1");
    require(chart.isEmpty() || nodes.size() > 1, "--chart needs several --nodes");
    if (chart.isPresent()) {
      Views.requirePng(chart.get());
      OutputFile.prepare(chart.get());
    }
    Settings settings = options.settings();
    MachineSettings machine = options.machine();
    if (!options.knowsMachines()) {
      spec.commandLine()
          .getErr()
          .println(
              "warning: nothing is said of the machines, and the defaults are none that exist: measure"
                  + " with ijepa check --probe, or name a file of conf/plan/ with --machine");
    }
    PrintWriter out = spec.commandLine().getOut();
    List<Plan> plans = new ArrayList<>();
    for (int count : nodes) {
      plans.add(plan(settings, machine, count));
    }
    if (plans.size() == 1) {
      detail(plans.get(0), settings, machine, out);
    } else {
      table(plans, machine, out);
    }
    if (chart.isPresent()) {
      PlanChart.write(plans, machine.name(), runs, chart.get());
      out.println("curves in " + chart.get());
    }
    out.flush();
    return ExitCode.DONE.number();
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private Plan plan(Settings settings, MachineSettings machine, int count) {
    Workload work = workload(settings);
    int ranks = count * machine.devices();
    // Where there are more trainers than micro-batches, smaller ones give work to all.
    int micro = work.microBatch();
    while (work.globalBatch() / micro < ranks && micro > 1) {
      micro = divisorBelow(work.microBatch(), micro);
    }
    boolean measured = machine.compute().microBatchSeconds().isPresent();
    Workload fitting = measured ? work : work.withMicroBatch(micro);
    return new Plan(fitting, machine, count, settings.seed());
  }

  private static int divisorBelow(int whole, int part) {
    int divisor = part - 1;
    while (whole % divisor != 0) {
      divisor--;
    }
    return divisor;
  }

  private Workload workload(Settings settings) {
    Geometry geometry = Models.geometry(settings);
    Layout layout = Layout.of(geometry);
    MaskLengths lengths = Models.maskLengths(settings);
    StepCost cost =
        StepCost.of(geometry, lengths.context(), settings.mask().targets(), lengths.target());
    int batch = settings.optimization().globalBatch();
    long epoch = images / batch;
    require(
        epoch >= 1 || settings.optimization().length().unit() != Extent.Unit.EPOCHS,
        "--images " + images + " fill no global batch of " + batch);
    return new Workload(
        settings.optimization().totalSteps(Math.max(1, epoch)),
        batch,
        settings.optimization().microBatch(),
        cost.total(),
        layout.size(),
        layout.targetSize(),
        settings.optimization().reductionPrecision() == ReductionPrecision.BF16
            ? Short.BYTES
            : Float.BYTES,
        settings.pipeline().prefetch(),
        settings.pipeline().fetchParallelism(),
        settings.checkpoint().everySteps(),
        settings.cluster().onLoss() == OnLoss.WAIT);
  }

  private void detail(Plan plan, Settings settings, MachineSettings machine, PrintWriter out) {
    Workload work = plan.work();
    Plan.Duration time = plan.duration(runs);
    line(
        out,
        "%s of %s, %s; %,d steps of %,d images, micro-batches of %d",
        counted(nodes.get(0), "node"),
        machine.name(),
        counted(plan.devices(), "trainer"),
        work.steps(),
        work.globalBatch(),
        work.microBatch());
    if (work.microBatch() != settings.optimization().microBatch()) {
      line(
          out,
          "(micro-batches of %d would leave trainers idle)",
          settings.optimization().microBatch());
    }
    line(
        out,
        "time: %s; 90 %% of %d simulated runs within %s - %s",
        hours(time.mean()),
        runs,
        hours(time.low()),
        hours(time.high()));
    if (time.unfinished() > 0) {
      line(
          out,
          "warning: %d of the simulated runs got nowhere: they failed again before each checkpoint",
          time.unfinished());
    }
    if (plan.price(time.mean()) > 0) {
      line(
          out,
          "cost: %,.0f %s (%,.0f - %,.0f)",
          plan.price(time.mean()),
          machine.price().currency(),
          plan.price(time.low()),
          plan.price(time.high()));
    }
    line(
        out,
        "a step: %.4g s, %s images/s, %s a trainer",
        plan.stepSeconds(),
        rate(plan.imagesPerSecond()),
        rate(plan.imagesPerSecond() / plan.devices()));
    for (Map.Entry<String, Double> part : plan.parts().entrySet()) {
      // The wait of few simulated steps can fall below nothing by chance.
      double share = Math.max(0, part.getValue() / plan.stepSeconds());
      line(out, "  %5.1f %%  %s", 100 * share, part.getKey());
    }
    line(
        out,
        "bottleneck: %s; the input could give %,.0f images/s (limit: %s)",
        plan.bottleneck(),
        plan.supply().getValue(),
        plan.supply().getKey());
    line(
        out,
        "failures in a run: %.2f of nodes, %.2f outages; %.2f %% of the time lost to a rollback, %.2f %% idle",
        time.failures(),
        time.outages(),
        100 * time.lostShare(),
        100 * time.idleShare());
    checkpoints(plan, time, out);
  }

  private void checkpoints(Plan plan, Plan.Duration time, PrintWriter out) {
    Workload work = plan.work();
    Plan.Interval best = plan.interval(Math.max(1, runs / 2));
    line(
        out,
        "checkpoints: every %d steps (%s), %.3f %% of the time",
        work.checkpointEvery(),
        minutes(work.checkpointEvery() * plan.stepSeconds()),
        100 * time.copyShare());
    String formulas =
        String.format(
            Locale.ROOT, "Young %.0f, Daly %.0f steps", best.youngSteps(), best.dalySteps());
    if (best.isSimulated()) {
      line(
          out,
          "best: every %d steps (%s); %d - %d are as good within 0.1 %%; %s",
          best.steps(),
          minutes(best.steps() * plan.stepSeconds()),
          best.from(),
          best.to(),
          formulas);
    } else {
      line(out, "best: by formula, failures are too rare to simulate: %s", formulas);
    }
  }

  private void table(List<Plan> plans, MachineSettings machine, PrintWriter out) {
    boolean priced = machine.price().nodeHour() > 0;
    line(out, "on %s", machine.name());
    line(
        out,
        "| nodes | trainers | micro-batch | images/s | efficiency | time, 90 %% interval | %sbottleneck |",
        priced ? "cost, " + machine.price().currency() + " | " : "");
    line(out, "|---|---|---|---|---|---|%s---|", priced ? "---|" : "");
    double first = plans.get(0).imagesPerSecond() / plans.get(0).devices();
    for (int i = 0; i < plans.size(); i++) {
      Plan plan = plans.get(i);
      Plan.Duration time = plan.duration(runs);
      line(
          out,
          "| %d | %d | %d | %s | %.0f %% | %s, %s - %s | %s%s |",
          nodes.get(i),
          plan.devices(),
          plan.work().microBatch(),
          rate(plan.imagesPerSecond()),
          100 * plan.imagesPerSecond() / plan.devices() / first,
          hours(time.mean()),
          hours(time.low()),
          hours(time.high()),
          priced ? String.format(Locale.ROOT, "%,.0f | ", plan.price(time.mean())) : "",
          plan.bottleneck());
    }
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  private static String rate(double imagesPerSecond) {
    return String.format(Locale.ROOT, imagesPerSecond < 100 ? "%.3g" : "%,.0f", imagesPerSecond);
  }

  /** Seconds as people say them: in seconds, minutes or hours. */
  static String hours(double seconds) {
    return seconds < HOUR ? minutes(seconds) : String.format(Locale.ROOT, "%.1f h", seconds / HOUR);
  }

  private static String minutes(double seconds) {
    return seconds < MINUTE
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(Locale.ROOT, "%.1f min", seconds / MINUTE);
  }

  private static void line(PrintWriter out, String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }
}
