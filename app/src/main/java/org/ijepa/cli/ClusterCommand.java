package org.ijepa.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.ijepa.coordinator.StatusAnswer;
import org.ijepa.failure.ExitCode;
import org.ijepa.local.LocalCluster;
import org.ijepa.local.LocalCluster.Layout;
import org.ijepa.node.StatusClient;
import org.ijepa.node.StatusClient.Status;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A pretraining on several nodes of this machine, and how a cluster is. */
@Command(
    name = "cluster",
    description = {
      "Pretrains on several nodes on this machine, each a process of its own.",
      "Ctrl-C ends the run with a checkpoint. Exit code 0 if the run is done, else that of the node that",
      "ended last. On several machines: start ijepa pretrain --join on each."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    subcommands = ClusterCommand.StatusCommand.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa cluster --nodes 3 --config conf/photos.conf --set data.uri=photos --out runs/photos",
      "  ijepa cluster status --join 127.0.0.1:2551"
    })
final class ClusterCommand implements Callable<Integer> {
  private static final int MOST_NODES = 64;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

  @Option(
      names = {"-n", "--nodes"},
      paramLabel = "N",
      defaultValue = "3",
      description = "Number of nodes (default: ${DEFAULT-VALUE}).")
  private int nodes;

  @Option(
      names = "--pipeline-nodes",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "More nodes that only decode images for the others (default: ${DEFAULT-VALUE}).")
  private int decoders;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      defaultValue = "runs/cluster",
      description = "Run folder of all (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--restart",
      description = "Starts nodes again that were killed or removed from the cluster.")
  private boolean restart;

  @Option(
      names = "--relays",
      description =
          "Nodes reach each other through relays of this process, which the fault partition of ijepa"
              + " chaos stops. Costs processor time; needs loopback addresses from 127.0.0.2 on, as on"
              + " Linux.")
  private boolean relays;

  @Override
  public Integer call() throws Exception {
    if (nodes < 1 || nodes > MOST_NODES) {
      throw new ParameterException(
          spec.commandLine(), "--nodes is " + nodes + "; it must be 1 - " + MOST_NODES);
    }
    if (decoders < 0 || decoders > MOST_NODES) {
      throw new ParameterException(
          spec.commandLine(), "--pipeline-nodes is " + decoders + "; it must be 0 - " + MOST_NODES);
    }
    PrintWriter lines = spec.commandLine().getOut();
    Settings settings = options.load();
    // Said once, not by every node.
    settings.data().requiredSources();
    LocalCluster cluster =
        new LocalCluster(
            new Layout(nodes, decoders, relays, restart),
            out,
            arguments(settings),
            InstantSource.system(),
            lines::println);
    return Interruption.guard(cluster::requestStop, cluster::run);
  }

  /** Of each node; nodes that are nothing but started together wait for each other. */
  private List<String> arguments(Settings settings) {
    List<String> arguments = new ArrayList<>(List.of(Main.class.getName(), "pretrain"));
    arguments.addAll(options.arguments());
    arguments.addAll(List.of("--out", out.toString()));
    int trainers = settings.cluster().trainers();
    if (settings.cluster().minTrainers() == 1) {
      arguments.addAll(List.of("--set", "cluster.min-trainers=" + nodes * trainers));
    }
    if (settings.origins().getOrDefault("cluster.threads", "").contains("auto")) {
      int threads = Runtime.getRuntime().availableProcessors() / (nodes * trainers);
      arguments.addAll(List.of("--set", "cluster.threads=" + Math.max(1, threads)));
    }
    return arguments;
  }

  /** How a cluster is. */
  @Command(
      name = "status",
      description = "Asks a node how its cluster and run are.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      sortOptions = false,
      footerHeading = "%nExample:%n",
      footer = "  ijepa cluster status --join 127.0.0.1:2551 --json")
  static final class StatusCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Spec private CommandSpec spec;
    @Mixin private SettingsOptions options;

    @Option(
        names = "--join",
        paramLabel = "HOST:PORT",
        required = true,
        description = "A node: its cluster.host and cluster.port.")
    private String node;

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "The cluster's name (default: cluster.name of the configuration).")
    private String name;

    @Option(names = "--json", description = "Answers with one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      ClusterSettings cluster = options.load().cluster();
      Status status =
          StatusClient.ask(
              name == null ? cluster.name() : name, node, cluster.security(), PATIENCE);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(
            new ObjectMapper()
                .registerModule(new Jdk8Module())
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValueAsString(status));
      } else {
        print(status, out);
      }
      return (status.run().isPresent() ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
    }

    private static void print(Status status, PrintWriter out) {
      for (StatusAnswer.Node member : status.members().nodes()) {
        out.printf(
            "%s  %s  %s%s%s%n",
            member.address().substring(member.address().indexOf('@') + 1),
            String.join(",", member.roles()),
            member.status(),
            member.reachable() ? "" : ", cannot be reached",
            member.leads() ? ", leads" : "");
      }
      status.run().ifPresentOrElse(run -> print(run, out), () -> out.println("nobody leads now"));
      out.flush();
    }

    private static void print(StatusAnswer.Run run, PrintWriter out) {
      out.printf(
          Locale.ROOT,
          "generation %d, %s, step %d/%d, loss %.4f%n",
          run.generation(),
          run.phase(),
          run.step(),
          run.totalSteps(),
          run.loss());
      out.println("trainers: " + String.join(", ", run.trainers()));
      if (!run.leftOut().isEmpty()) {
        out.println("left out: " + String.join(", ", run.leftOut()));
      }
      out.println("checkpoint: " + (run.checkpoint().isEmpty() ? "none yet" : run.checkpoint()));
      run.events().forEach(event -> out.println(event.time() + "  " + event.text()));
    }
  }
}
