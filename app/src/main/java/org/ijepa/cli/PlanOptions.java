package org.ijepa.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.settings.MachineSettings;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Option;

/** A configuration and machines, with one {@code --set} for both. */
final class PlanOptions {
  private static final String MACHINE = "machine.";
  private static final String COMPUTE = "machine.compute.";

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Configuration over the defaults; see conf/.")
  private Path config;

  @Option(
      names = {"-m", "--machine"},
      paramLabel = "FILE",
      description = "Measured numbers of the machines over the defaults; see conf/plan/.")
  private Path machine;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      completionCandidates = KeyCandidates.WithMachine.class,
      description =
          "One value over the files', such as machine.compute.flops=1e14; may be given again.")
  private List<String> sets = new ArrayList<>();

  Settings settings() {
    return Settings.load(
        Optional.ofNullable(config), sets.stream().filter(set -> !isOfMachine(set)).toList());
  }

  MachineSettings machine() {
    return MachineSettings.load(
        Optional.ofNullable(machine), sets.stream().filter(PlanOptions::isOfMachine).toList());
  }

  /** Whether anything is said of how fast they compute. */
  boolean knowsMachines() {
    return machine != null || sets.stream().anyMatch(set -> set.strip().startsWith(COMPUTE));
  }

  private static boolean isOfMachine(String set) {
    return set.strip().startsWith(MACHINE);
  }
}
