package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerReport;
import org.ijepa.ledger.LedgerReport.EpochUse;
import org.ijepa.ledger.LedgerReport.SourceUse;
import org.ijepa.ledger.LedgerReport.SubstituteUse;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.node.Models;
import org.ijepa.run.Ancestor;
import org.ijepa.run.Lineage;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Proves from a run's ledger what the run used. */
@Command(
    name = "ledger",
    description = "What a run used, by its ledger.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa ledger verify --run runs/photos")
final class LedgerCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "verify is missing");
  }

  @Command(
      name = "verify",
      description = {
        "Proves that a run used every place once, and every readable sample once an epoch.",
        "Of each source; that the ledger still is the one that the run's newest checkpoint has a copy of;",
        "that it goes with the run's index and quarantine; and, of a run that extends others, that it begins",
        "with theirs."
      },
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      footerHeading = "%nExample:%n",
      footer = "  ijepa ledger verify --run runs/photos")
  int verify(@Option(names = "--run", paramLabel = "DIR", required = true) Path run)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Path file = RunFolder.ledger(run);
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          run + " holds no ledger.jsonl that can be read",
          "give the folder of a run");
    }
    List<String> problems = new ArrayList<>();
    // Before the ledger, to which a run may add meanwhile.
    Optional<Stored> stored = stored(run, problems);
    LedgerContents contents = LedgerFile.read(file);
    LedgerReport report = LedgerVerifier.verify(contents.header(), contents.entries());
    problems.addAll(report.problems());
    stored.ifPresent(copy -> copy.compare(contents, problems));
    Lineage lineage = Lineage.read(run);
    problems.addAll(lineage.problems(contents.entries()));
    problems.addAll(LedgerWitnesses.ofIndexes(run, contents.header()));
    long unexplained = LedgerWitnesses.ofQuarantine(run, contents, problems);
    contents.torn().ifPresent(line -> out.println("the last line is torn and was left out"));
    problems.forEach(problem -> out.println("WRONG " + problem));
    out.println(report.steps() + " steps, " + report.skippedSteps().size() + " of them skipped");
    print(lineage, contents, out);
    boolean several = report.sources().size() > 1;
    for (int source = 0; source < report.sources().size(); source++) {
      if (several) {
        print(source, report.sources().get(source), out);
      }
      int number = source;
      report.epochs().stream()
          .filter(epoch -> epoch.source() == number)
          .forEach(epoch -> print(epoch, out));
    }
    if (unexplained > 0) {
      out.printf(
          "of %d bad samples no line of quarantine.jsonl says what was wrong: who read them was lost%n",
          unexplained);
    }
    out.println(
        stored
            .map(copy -> copy.text(contents))
            .orElse("compared with no checkpoint: a ledger whose end was cut off would pass"));
    out.println("ledger: " + (problems.isEmpty() ? "proven" : "WRONG"));
    return (problems.isEmpty() ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
  }

  /** The copy of the ledger that a checkpoint has. */
  private record Stored(CheckpointName name, LedgerContents ledger) {
    void compare(LedgerContents found, List<String> problems) {
      found
          .departureFrom(ledger)
          .ifPresent(what -> problems.add(what + " with checkpoint " + name));
    }

    String text(LedgerContents found) {
      return "compared with checkpoint %s; the %d steps after it are proven by their chain alone"
          .formatted(name, Math.max(0, found.nextStep() - ledger.nextStep()));
    }
  }

  /**
   * That of the run's newest checkpoint, if there is one.
   *
   * @param problems gets what is wrong with it
   */
  private Optional<Stored> stored(Path run, List<String> problems) throws IOException {
    Path resolved = RunFolder.resolvedConfiguration(run);
    if (!Files.isReadable(resolved)) {
      return Optional.empty();
    }
    Settings settings = Settings.load(Optional.of(resolved), List.of());
    String place = Models.checkpoints(settings, run);
    try (DataAccess access = new DataAccess(Models.s3(settings), WorkLines.of(spec))) {
      CheckpointStore store =
          new CheckpointStore(place, access.store(place), run.resolve("tmp"), access.system());
      Optional<CheckpointName> newest = store.newest();
      return newest.isEmpty()
          ? Optional.empty()
          : Optional.of(new Stored(newest.get(), store.ledger(newest.get())));
    } catch (IOException e) {
      problems.add("the ledger of a checkpoint cannot be read: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Whose steps they are: first those of the runs that were extended, one after another. */
  private static void print(Lineage lineage, LedgerContents contents, PrintWriter out) {
    long from = 0;
    for (Ancestor ancestor : lineage.ancestors()) {
      out.printf(
          "steps %d to %d are those of %s, which ended with %s in %s%n",
          from, ancestor.step() - 1, ancestor.run(), ancestor.checkpoint(), ancestor.checkpoints());
      from = ancestor.step();
    }
    if (from > 0 && contents.nextStep() > from) {
      out.printf("steps %d to %d are this run's own%n", from, contents.nextStep() - 1);
    }
  }

  private static void print(int source, SourceUse use, PrintWriter out) {
    out.printf(
        "source %d: %d of 1000 places, %d used; %d samples%n",
        source + 1, use.perMille(), use.placesUsed(), use.samples());
  }

  private static void print(EpochUse epoch, PrintWriter out) {
    out.printf(
        "epoch %d: %d of %d places used, %d different samples, %d left out as tail%s%n",
        epoch.epoch() + 1,
        epoch.placesUsed(),
        epoch.places(),
        epoch.samples(),
        epoch.tail(),
        epoch.isComplete() ? "" : " (not finished)");
    for (SubstituteUse use : epoch.substitutes()) {
      out.printf(
          "  step %d, slot %d: sample %d could not be read, %d stood in (attempt %d)%n",
          use.step(), use.slot(), use.sample(), use.substitute(), use.attempt());
    }
  }
}
