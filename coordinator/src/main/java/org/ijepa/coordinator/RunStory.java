package org.ijepa.coordinator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.ijepa.batch.BadSample;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.collapse.CollapseMonitor;
import org.ijepa.collapse.Verdict;
import org.ijepa.coordinator.CoordinatorEffect.Decided;
import org.ijepa.feature.OnlineProbe;
import org.ijepa.ledger.LedgerChain;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.ledger.Substitute;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.run.FindingLog;
import org.ijepa.run.Lineage;
import org.ijepa.run.QuarantinedSample;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.source.Samples;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.LayerWatch;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;

/**
 * What is written down of a run as steps are decided: the ledger, and its mirror in the run folder
 * with metrics and quarantine. The truth is in the checkpoints; the folder's files can be written
 * again.
 */
final class RunStory implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String LEDGER = "ledger.jsonl";
  private static final String QUARANTINE = "quarantine.jsonl";
  private static final String TENSORBOARD = "tensorboard";

  /** So many samples may be bad in any run, however small. */
  private static final long FEW_BAD = 10;

  private final RunFolder folder;
  private final LedgerHeader header;
  private final SampleOrder order;
  private final Samples samples;
  private final String meaning;
  private final List<LedgerEntry> entries = new ArrayList<>();

  /** Samples that were replaced, with the step that was the first to want them. */
  private final NavigableMap<Long, Long> badSamples = new TreeMap<>();

  /**
   * Why samples were replaced, by their names. The ledger tells where; not all reasons need be
   * known, as they are no facts of a step's sum.
   */
  private final Map<String, String> causes = new HashMap<>();

  /** Step of the newest finding, by what it is about. */
  private final Map<String, Long> newestFinding = new HashMap<>();

  private Lineage lineage = Lineage.NONE;

  /** What the online probe measured last. */
  private Optional<Scored> scored = Optional.empty();

  private final Mirrors mirrors;
  private EarlierLines earlier = EarlierLines.NONE;
  private LedgerFile mirror;
  private LedgerChain chain;
  private long lastDecidedNanos = System.nanoTime();

  private record Scored(long step, double score) {}

  /**
   * A story without a beginning: {@link #begin} or {@link #take} comes first.
   *
   * @param people hear of files that cannot be written
   */
  RunStory(
      RunFolder folder,
      LedgerHeader header,
      Samples samples,
      String meaning,
      Consumer<String> people) {
    this.folder = folder;
    this.header = header;
    this.samples = samples;
    this.meaning = meaning;
    mirrors = new Mirrors(people);
    order = header.order();
    chain = LedgerChain.begin(header);
  }

  /** Begins a run from nothing. */
  void begin() throws IOException {
    openMirror();
    earlier = new EarlierLines(rewindFiles(0));
  }

  private void openMirror() throws IOException {
    if (mirror != null) {
      mirror.close();
    }
    LedgerFile.rewrite(folder.ledger(), header, entries);
    mirror = LedgerFile.open(folder.ledger(), header);
  }

  /** Writes a decided step down; returns its metrics. */
  StepMetrics decided(Decided decided) {
    StepFacts facts = decided.facts();
    LedgerEntry entry =
        chain.append(facts.step(), decided.plan().skipped(), facts.substitutes(), facts.loss());
    entries.add(entry);
    countBad(entry);
    mirrors.attempt(LEDGER, this::mirrorLedger);
    for (BadSample bad : facts.bad()) {
      quarantined(facts.step(), bad);
    }
    return measured(decided);
  }

  /** Appends what the mirror lacks. */
  private void mirrorLedger() throws IOException {
    while (mirror.nextStep() < entries.size()) {
      mirror.append(entries.get((int) mirror.nextStep()));
    }
  }

  /** Writes what could not be written, if that can be done now; a line for each file if not. */
  List<String> end() {
    mirrors.attempt(LEDGER, this::mirrorLedger);
    List<String> missing = new ArrayList<>(mirrors.end());
    if (mirror.nextStep() < entries.size()) {
      missing.add(
          "warning: "
              + LEDGER
              + " lacks the last "
              + (entries.size() - mirror.nextStep())
              + " steps; the checkpoints have them, and a run that goes on writes it anew");
    }
    return missing;
  }

  private void quarantined(long step, BadSample bad) {
    String cause = bad.cause() + ": " + bad.detail();
    causes.putIfAbsent(bad.key(), cause);
    QuarantinedSample sample =
        quarantined(step, order.place(step, bad.slot()), bad.attempt(), bad.key(), cause);
    mirrors.write(QUARANTINE, step, () -> folder.quarantine().append(sample));
  }

  private QuarantinedSample quarantined(
      long step, Place place, int attempt, String name, String cause) {
    String substitute = samples.name(order.substitute(place, attempt + 1));
    return new QuarantinedSample(
        step, place.epoch(), place.position(), attempt, name, cause, substitute);
  }

  /** The sample of an attempt at a place: its own, or a substitute. */
  private long sample(Place place, int attempt) {
    return attempt == 0 ? place.sample() : order.substitute(place, attempt);
  }

  private StepMetrics measured(Decided decided) {
    long now = System.nanoTime();
    double seconds = (now - lastDecidedNanos) * 1e-9;
    lastDecidedNanos = now;
    if (!decided.remembered()) {
      // What others wrote of this step and later ones is of steps that have not become so.
      earlier = EarlierLines.NONE;
      return written(metrics(decided, seconds), decided.facts());
    }
    StepMetrics known = metrics(decided, Double.NaN);
    Optional<StepMetrics> before = earlier.metrics(known);
    StepMetrics metrics = written(before.orElse(known), decided.facts());
    if (before.isPresent()) {
      earlier.findings(metrics.step()).forEach(this::found);
    }
    return metrics;
  }

  private StepMetrics metrics(Decided decided, double seconds) {
    StepFacts facts = decided.facts();
    StepPlan plan = decided.plan();
    long step = facts.step();
    return new StepMetrics(
        step,
        epoch(step),
        facts.loss(),
        plan.learningRate(),
        plan.weightDecay(),
        plan.emaMomentum(),
        facts.gradientNorm(),
        (step + 1) * header.globalBatch(),
        header.globalBatch() / seconds,
        facts.inputWait(),
        facts.commitWait(),
        decided.generation(),
        decided.worldSize(),
        plan.skipped());
  }

  private StepMetrics written(StepMetrics metrics, StepFacts facts) {
    long step = metrics.step();
    double seconds = header.globalBatch() / metrics.imagesPerSecond();
    mirrors.write("metrics.jsonl", step, () -> folder.metrics().append(metrics));
    mirrors.write(
        "ijepa_r0.csv",
        step,
        () ->
            folder
                .publishedCsv()
                .append(
                    metrics.epoch(),
                    iteration(step),
                    facts.loss(),
                    facts.contextLength(),
                    facts.targetLength(),
                    seconds * 1000));
    mirrors.write(TENSORBOARD, step, () -> folder.tensorBoard().append(step, scalars(metrics)));
    return metrics;
  }

  /** All of a step's metrics but its samples, of which a float would not hold many. */
  private static Map<String, Double> scalars(StepMetrics metrics) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("train/loss", metrics.loss());
    scalars.put("train/lr", metrics.learningRate());
    scalars.put("train/weight_decay", metrics.weightDecay());
    scalars.put("train/ema", metrics.ema());
    scalars.put("train/grad_norm", metrics.gradNorm());
    scalars.put("train/epoch", (double) metrics.epoch());
    scalars.put("train/skipped", metrics.skipped() ? 1.0 : 0.0);
    putIfKnown(scalars, "speed/images_per_second", metrics.imagesPerSecond());
    scalars.put("speed/input_wait", metrics.inputWaitSeconds());
    putIfKnown(scalars, "speed/commit_wait", metrics.commitWaitSeconds());
    scalars.put("cluster/generation", (double) metrics.generation());
    scalars.put("cluster/trainers", (double) metrics.worldSize());
    return scalars;
  }

  private static void putIfKnown(Map<String, Double> scalars, String name, double value) {
    if (Double.isFinite(value)) {
      scalars.put(name, value);
    }
  }

  /** Steps committed at the last look that found no collapse, whoever led the run then. */
  long stepsBeforeCollapse() {
    try {
      return FindingLog.read(RunFolder.collapse(folder.path())).stream()
          .filter(line -> !Verdict.isAlarm(line.word()))
          .mapToLong(line -> line.step() + 1)
          .max()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many steps the ledger has. */
  long steps() {
    return entries.size();
  }

  /**
   * Writes a finding down; false for one that stands there already, or that is about a step which
   * is not decided: it comes again once it is.
   */
  boolean found(Finding finding) {
    long newest = newestFinding.getOrDefault(finding.about(), -1L);
    long decided = entries.isEmpty() ? -1 : entries.get(entries.size() - 1).step();
    if (finding.step() <= newest || finding.step() > decided) {
      return false;
    }
    newestFinding.put(finding.about(), finding.step());
    OnlineProbe.score(finding)
        .ifPresent(score -> scored = Optional.of(new Scored(finding.step(), score)));
    FindingLog.Line line =
        new FindingLog.Line(finding.step(), finding.word(), finding.text(), finding.numbers());
    FindingLog log = log(finding.about());
    mirrors.write(finding.about() + ".jsonl", finding.step(), () -> log.append(line));
    Map<String, Double> scalars = new LinkedHashMap<>();
    finding.numbers().forEach((name, value) -> scalars.put(finding.about() + "/" + name, value));
    scalars.put(finding.about() + "/severity", finding.severity().level());
    mirrors.write(
        TENSORBOARD, finding.step(), () -> folder.tensorBoard().append(finding.step(), scalars));
    return true;
  }

  private FindingLog log(String about) {
    return switch (about) {
      case CollapseMonitor.ABOUT -> folder.collapse();
      case PipelineWatch.ABOUT -> folder.pipeline();
      case LayerWatch.ABOUT -> folder.layers();
      default -> folder.probe();
    };
  }

  /** Epoch of a step, from 1. */
  private long epoch(long step) {
    return order.epoch(step) + 1;
  }

  private long iteration(long step) {
    return step % Math.max(1, order.stepsPerEpoch());
  }

  /** The run goes on from this step: what is written of later ones is taken back. */
  void rewindTo(long step) {
    try {
      while (!entries.isEmpty() && entries.get(entries.size() - 1).step() >= step) {
        entries.remove(entries.size() - 1);
      }
      chain =
          entries.isEmpty()
              ? LedgerChain.begin(header)
              : LedgerChain.resume(entries.get(entries.size() - 1).hash(), step);
      if (mirror.nextStep() > step) {
        mirror.rewind(step);
      }
      countBadAgain();
      rewindFiles(step);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RunFolder.TakenBack rewindFiles(long step) throws IOException {
    mirrors.rewindTo(step);
    RunFolder.TakenBack lines = folder.rewindTo(step, epoch(step), iteration(step));
    newestFinding.replaceAll((about, newest) -> Math.min(newest, step - 1));
    scored = scored.filter(measured -> measured.step() < step);
    lastDecidedNanos = System.nanoTime();
    return lines;
  }

  /** Goes on from what a checkpoint tells. */
  void take(LedgerContents contents, JsonNode state) {
    try {
      takeAll(contents, state);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void takeAll(LedgerContents contents, JsonNode state) throws IOException {
    entries.clear();
    entries.addAll(contents.entries());
    chain =
        entries.isEmpty()
            ? LedgerChain.begin(header)
            : LedgerChain.resume(contents.head(), contents.nextStep());
    openMirror();
    causes.clear();
    for (JsonNode bad : state.path("quarantine")) {
      causes.putIfAbsent(bad.path("sample").asText(), bad.path("cause").asText());
    }
    JsonNode probe = state.path(CheckpointStore.PROBE);
    scored =
        probe.isMissingNode()
            ? Optional.empty()
            : Optional.of(
                new Scored(
                    probe.path("step").asLong(), probe.path(CheckpointStore.SCORE).asDouble()));
    lineage = Lineage.of(state);
    lineage.write(folder.path());
    countBadAgain();
    restoreQuarantine();
    earlier = new EarlierLines(rewindFiles(contents.nextStep()));
  }

  /** The log as the ledger has it: a crash may have lost lines, or left some that are void. */
  private void restoreQuarantine() throws IOException {
    folder.quarantine().rewindTo(0);
    for (LedgerEntry entry : entries) {
      for (Substitute substitute : entry.substitutes()) {
        Place place = order.place(entry.step(), substitute.slot());
        for (int attempt = 0; attempt < substitute.attempt(); attempt++) {
          String name = samples.name(sample(place, attempt));
          if (causes.containsKey(name)) {
            folder
                .quarantine()
                .append(quarantined(entry.step(), place, attempt, name, causes.get(name)));
          }
        }
      }
    }
    mirrors.replaced(QUARANTINE);
  }

  /** The ledger of steps before {@code step}. */
  List<LedgerSegment> ledger(long step) {
    return LedgerSegment.of(header, entries.subList(0, (int) step), LedgerSegment.STEPS);
  }

  /** What else is needed to go on at {@code step}. */
  byte[] state(long step, long generation, String versions) {
    ObjectNode state = JSON.createObjectNode();
    state.put("step", step);
    state.put("epoch", epoch(step));
    state.put("generation", generation);
    state.put("seed", header.seed());
    state.put("samples_used", step * header.globalBatch());
    state.put("index_fingerprint", header.indexFingerprint());
    state.put("versions", versions);
    state.put("meaning", meaning);
    state.put("ledger_head", step == 0 ? header.hash() : entries.get((int) step - 1).hash());
    lineage.addTo(state);
    scored.ifPresent(
        measured ->
            state
                .putObject(CheckpointStore.PROBE)
                .put("step", measured.step())
                .put(CheckpointStore.SCORE, measured.score()));
    ArrayNode bad = state.putArray("quarantine");
    badSamples.forEach(
        (sample, first) -> {
          String name = samples.name(sample);
          if (first < step && causes.containsKey(name)) {
            bad.addObject().put("sample", name).put("cause", causes.get(name));
          }
        });
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Whether more samples, each counted once, were bad than this share of all that were wanted: of
   * those used, and of the bad ones. A budget of 1 lets all pass.
   */
  boolean tooManyBad(double budget) {
    long used = (long) entries.size() * header.globalBatch();
    return badSamples.size() > Math.max(FEW_BAD, budget * (used + badSamples.size()));
  }

  private void countBad(LedgerEntry entry) {
    for (Substitute substitute : entry.substitutes()) {
      Place place = order.place(entry.step(), substitute.slot());
      for (int attempt = 0; attempt < substitute.attempt(); attempt++) {
        badSamples.putIfAbsent(sample(place, attempt), entry.step());
      }
    }
  }

  private void countBadAgain() {
    badSamples.clear();
    entries.forEach(this::countBad);
  }

  /** How many of the last steps were skipped, one after another. */
  int skippedInARow() {
    int count = 0;
    for (int i = entries.size() - 1; i >= 0 && entries.get(i).skipped(); i--) {
      count++;
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    if (mirror != null) {
      mirror.close();
    }
  }
}
