package org.ijepa.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.coordinator.RunPlan;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.run.Ancestor;
import org.ijepa.run.Lineage;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.Settings;
import org.ijepa.store.StoreException;

/**
 * A run that extends a finished one: its first checkpoint is the last one of that run, with a
 * meaning of its own and the lineage, so that from there it goes on as every run does. Weights,
 * moments, ledger and quarantine are that run's to the bit; the schedules are those of the whole
 * new length, at the step where that run ended.
 */
final class Extension {
  /** Below what any coordinator claims. */
  private static final long GENERATION = 0;

  private static final String OTHERWISE =
      "to begin another run with its weights, at step 0, set model.init.checkpoint in its place";

  private static final String GIVE = "give the checkpoints of a finished run";

  private final CheckpointStore finished;
  private final CheckpointStore own;
  private final Settings settings;

  /**
   * A run that is to extend another.
   *
   * @param finished where that one's checkpoints are
   * @param own where this one's are to be
   */
  Extension(CheckpointStore finished, CheckpointStore own, Settings settings) {
    this.finished = finished;
    this.own = own;
    this.settings = settings;
  }

  /** Refuses to extend a run in its own place, before anything there is touched. */
  static void elsewhere(Settings settings, Path out) {
    String extended = settings.model().init().extend();
    if (extended.isEmpty()) {
      return;
    }
    String uri = settings.checkpoint().uri();
    String beside = RunFolder.checkpoints(out).toString();
    if (place(extended).equals(place(beside))) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "a run cannot be extended in its own folder, " + out,
          "name a new folder with --out");
    }
    if (place(extended).equals(place(uri))) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "checkpoint.uri = " + uri + " holds the checkpoints of the run that is extended",
          "name another place with --set checkpoint.uri=...");
    }
  }

  /** One text for every address of a place, so that two addresses can be compared. */
  static String place(String uri) {
    String plain = uri.replaceFirst("^file://", "").replaceFirst("/+$", "");
    return plain.startsWith("s3:") || plain.isEmpty()
        ? plain
        : Path.of(plain).toAbsolutePath().normalize().toString();
  }

  /**
   * Makes the run's first checkpoint. Nodes that begin at once write the same bytes.
   *
   * @param plan of this run
   * @return a line about it
   * @throws Failure if that run cannot be extended, or not with these settings
   */
  String begin(RunSources sources, RunPlan plan, String meaning) throws IOException {
    try {
      CheckpointName last =
          finished.newest().orElseThrow(() -> refused("there is no complete checkpoint", GIVE));
      JsonNode state = finished.state(last);
      if (!state.path("imported").isMissingNode()) {
        throw refused("it is an import and no run", OTHERWISE);
      }
      LedgerContents ledger = finished.ledger(last);
      Settings its = Models.stored(state.path("meaning").asText());
      long length = its.optimization().totalSteps(ledger.header().order().stepsPerEpoch());
      if (last.step() < length) {
        throw refused(
            "it is not finished: %d of %d steps".formatted(last.step(), length),
            "go on with it first, by its own command");
      }
      sameButForOptimization(state.path("meaning").asText());
      if (!ledger.header().equals(sources.header())) {
        throw refused("the data set is not the one that it ended with", "restore it; " + OTHERWISE);
      }
      if (plan.totalSteps() <= last.step()) {
        throw refused(
            "%d steps in all are no more than it has".formatted(plan.totalSteps()),
            "set a larger optimization.steps or optimization.epochs, which counts from its beginning");
      }
      Ancestor parent = Ancestor.of(finished.uri(), last, ledger.head());
      write(last, state, ledger, Lineage.of(state).then(parent), meaning);
      return "extends "
          + parent.text()
          + "; its schedules are those of "
          + plan.totalSteps()
          + " steps";
    } catch (StoreException e) {
      throw new Failure(ExitCode.WRONG_USAGE, message(e.getMessage()), e.hint(), e);
    }
  }

  private Failure refused(String why, String hint) {
    return new Failure(ExitCode.WRONG_USAGE, message(why), hint);
  }

  private String message(String why) {
    return "the run in " + finished.uri() + " cannot be extended: " + why;
  }

  /** What is optimized, on what data and in what order goes on; how is this run's own. */
  private void sameButForOptimization(String meaning) {
    List<String> others =
        settings.differences(Preflight.withoutDecoder(meaning)).stream()
            .filter(line -> !line.startsWith(Settings.EXTEND + ":"))
            .filter(
                line ->
                    !line.startsWith("optimization.")
                        || line.startsWith("optimization.global-batch:"))
            .toList();
    if (!others.isEmpty()) {
      throw refused(
          "it had other settings than this one, " + String.join("; ", others),
          "only those of optimization may differ, but for global-batch; " + OTHERWISE);
    }
  }

  private void write(
      CheckpointName last, JsonNode state, LedgerContents ledger, Lineage lineage, String meaning)
      throws IOException {
    CheckpointName first = new CheckpointName(last.step(), GENERATION);
    List<Manifest.FileEntry> tensors = own.copyTensors(finished, last, first);
    ObjectNode its = state.deepCopy();
    its.put("generation", GENERATION);
    its.put("meaning", meaning);
    lineage.addTo(its);
    own.complete(
        first,
        tensors,
        LedgerSegment.of(ledger.header(), ledger.entries(), LedgerSegment.STEPS),
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(its));
  }
}
