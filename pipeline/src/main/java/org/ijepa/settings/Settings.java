package org.ijepa.settings;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ijepa.digest.Sha256;
import org.ijepa.mask.MaskRules;
import org.ijepa.order.Divisors;

/**
 * The validated configuration of a run; nothing in it is {@code auto} but the precision, which the
 * device decides. The micro-batch is a guess where it is auto, until a device was tried with it.
 *
 * @param seed key of every random draw
 * @param origins where the value of each key came from, for messages and for {@link #render}
 */
public record Settings(
    long seed,
    DataSettings data,
    OrderSettings order,
    MaskSettings mask,
    ModelSettings model,
    OptimizationSettings optimization,
    CheckpointSettings checkpoint,
    ClusterSettings cluster,
    PipelineSettings pipeline,
    EvaluationSettings evaluation,
    LoggingSettings logging,
    Map<String, String> origins) {

  /**
   * What may change from one start of a run to the next; every other key is part of the run's
   * meaning.
   */
  private static final Set<String> FREE_SECTIONS =
      Set.of("checkpoint", "cluster", "evaluation", "logging", "pipeline");

  private static final Set<String> FREE_KEYS =
      Set.of(
          "data.uri",
          "data.cache.dir",
          "data.cache.limit",
          "data.s3.endpoint",
          "data.s3.region",
          "data.s3.verify",
          "optimization.activation-checkpointing",
          "optimization.max-skipped-steps");

  /** Keys that runs of earlier versions do not name, with the values that they mean. */
  private static final Map<String, String> ADDED =
      Map.of(
          "data.augment.flip",
          "false",
          "data.augment.color-jitter",
          "0.0",
          "data.augment.blur",
          "false",
          "data.channels",
          "3",
          "data.fraction",
          "1.0",
          "optimization.canonical-reduction",
          "false",
          "optimization.reduction-precision",
          "fp32",
          "optimization.tf32",
          "false",
          "order.window",
          "8192",
          "pipeline.decode.dct-scaling",
          "false");

  /** Ends the origin of what was worked out. */
  static final String AUTO_ORIGIN = " (auto)";

  /** The key of what a device is tried with where it is {@code auto}. */
  public static final String MICRO_BATCH = "optimization.micro-batch";

  /** The key of the number format that the device decides where it is {@code auto}. */
  public static final String PRECISION = "optimization.precision";

  /** The key that names the run which is extended. */
  public static final String EXTEND = "model.init.extend";

  /** A line of the meaning that is no key: its places are free, how they are mixed is not. */
  public static final String PROPORTIONS = "proportions of data.uri in 1000";

  private static final Set<String> BOUND_KEYS =
      Set.of("pipeline.max-pixels", "pipeline.decode.dct-scaling");

  public Settings {
    origins = Map.copyOf(origins);
    if (imagesOfABuffer(data) < 1) {
      throw ConfigurationError.of(
          "data.image-size",
          data.imageSize(),
          "be smaller: one image has more than 2 GiB with data.channels = " + data.channels());
    }
    if (data.imageSize() % model.patchSize() != 0) {
      throw ConfigurationError.of(
          "data.image-size",
          data.imageSize(),
          "be a multiple of model.patch-size = "
              + model.patchSize()
              + "; nearest that fit: "
              + Check.join(Divisors.nearestMultiples(data.imageSize(), model.patchSize())));
    }
    mask.checkGrid(data.imageSize() / model.patchSize());
    int globalBatch = optimization.globalBatch();
    Check.divides("order.streams", order.streams(), "optimization.global-batch", globalBatch);
    int share = globalBatch / order.streams();
    Check.divides(
        "mask.group-size", mask.groupSize(), "optimization.global-batch / order.streams", share);
    if (mask.cut() == MaskRules.Cut.PREFIX && mask.groupSize() != share) {
      throw ConfigurationError.of(
          "mask.group-size",
          mask.groupSize(),
          "be the stream's share of a step, " + share + ", with mask.cut = prefix");
    }
    Check.divides(MICRO_BATCH, optimization.microBatch(), "the mask group", mask.groupSize());
    int images = imagesOfABuffer(data);
    if (optimization.microBatch() > images) {
      throw ConfigurationError.of(
          MICRO_BATCH,
          optimization.microBatch(),
          "be at most " + images + ": more images of data.image-size have more than 2 GiB");
    }
  }

  /** The pixels of a micro-batch stand in one buffer. */
  private static int imagesOfABuffer(DataSettings data) {
    return Integer.MAX_VALUE / data.channels() / data.imageSize() / data.imageSize();
  }

  /**
   * Reads the defaults, then {@code file}, then {@code sets} ({@code key=value} each) over them.
   *
   * @throws ConfigurationError at the first thing that is wrong
   */
  public static Settings load(Optional<Path> file, List<String> sets) {
    Runtime machine = Runtime.getRuntime();
    return new SettingsReader(
            Layers.load(file, sets), machine.availableProcessors(), machine.maxMemory())
        .read();
  }

  /** Every key there is, sorted. */
  public static List<String> keys() {
    return Layers.keys(Layers.REFERENCE);
  }

  /** The default of a key, as it stands in a configuration file. */
  public static String defaultText(String key) {
    return Values.text(Layers.load(Optional.empty(), List.of()).all().get(key).unwrapped());
  }

  /** Samples that each stream gives to a step. */
  public int share() {
    return optimization.globalBatch() / order.streams();
  }

  /** Patches along a side of the model's input. */
  public int grid() {
    return data.imageSize() / model.patchSize();
  }

  /** Whether a key is {@code auto}, so that what stands for it was worked out. */
  public boolean isAuto(String key) {
    return origins.getOrDefault(key, "").endsWith(AUTO_ORIGIN);
  }

  /**
   * The same with micro-batches that were found to fit.
   *
   * @param origin where the number comes from, for {@link #render}
   * @throws ConfigurationError if it does not divide the mask group
   */
  public Settings withMicroBatch(int images, String origin) {
    Map<String, String> known = new HashMap<>(origins);
    known.put(MICRO_BATCH, origin);
    return new Settings(
        seed,
        data,
        order,
        mask,
        model,
        optimization.withMicroBatch(images),
        checkpoint,
        cluster,
        pipeline,
        evaluation,
        logging,
        known);
  }

  /**
   * The same with {@code auto} precision replaced by what the device decided.
   *
   * @param origin why, for {@link #render}
   */
  public Settings withPrecision(OptimizationSettings.Precision settled, String origin) {
    Map<String, String> known = new HashMap<>(origins);
    known.put(PRECISION, origin);
    return new Settings(
        seed,
        data,
        order,
        mask,
        model,
        optimization.withPrecision(settled),
        checkpoint,
        cluster,
        pipeline,
        evaluation,
        logging,
        known);
  }

  /** The same with as many trainers on this node as its devices settle. */
  public Settings withTrainers(int trainers, int threads) {
    return new Settings(
        seed,
        data,
        order,
        mask,
        model,
        optimization,
        checkpoint,
        cluster.withTrainers(trainers, threads),
        pipeline,
        evaluation,
        logging,
        origins);
  }

  /** Every key with its value, in the order of the reference file. */
  Map<String, Object> values() {
    Map<String, Object> values = Values.of("seed", seed);
    values.putAll(data.values());
    values.putAll(order.values());
    values.putAll(mask.values());
    values.putAll(model.values());
    values.putAll(optimization.values());
    values.putAll(checkpoint.values());
    values.putAll(cluster.values());
    values.putAll(pipeline.values());
    values.putAll(evaluation.values());
    values.putAll(logging.values());
    return values;
  }

  /**
   * The whole configuration as HOCON that {@link #load} reads again, each value with the place that
   * it came from.
   */
  public String render() {
    StringBuilder text = new StringBuilder();
    String section = "";
    int width = values().keySet().stream().mapToInt(String::length).max().orElse(0);
    for (Map.Entry<String, Object> entry : values().entrySet()) {
      String key = entry.getKey();
      String itsSection = key.contains(".") ? key.substring(0, key.indexOf('.')) : "";
      if (!itsSection.equals(section)) {
        text.append('\n');
        section = itsSection;
      }
      String assignment =
          String.format("%-" + width + "s = %s", key, Values.text(entry.getValue()));
      text.append(
          String.format("%-70s  # %s%n", assignment, origins.getOrDefault(key, "set in code")));
    }
    return text.toString();
  }

  /**
   * What decides what is computed, one {@code key = value} a line: neither where data and
   * checkpoints lie, nor nodes, threads, parallelism, logging. A run goes on only with an equal
   * meaning.
   */
  public String meaning() {
    StringBuilder text = new StringBuilder();
    values()
        .forEach(
            (key, value) -> {
              // An unset place to begin from says nothing; runs from before it existed go on.
              if (isMeaning(key) && !value.equals("")) {
                text.append(key).append(" = ").append(Values.text(value)).append('\n');
              }
            });
    if (data.sources().size() > 1) {
      text.append(PROPORTIONS).append(" = ").append(Values.text(data.shares())).append('\n');
    }
    return text.toString();
  }

  /** SHA-256 of {@link #meaning}, in hexadecimal. */
  public String meaningHash() {
    return Sha256.hex(meaning().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * How the meaning differs from a stored one, {@code key: was X, is Y} each, by key; empty where a
   * run may go on.
   */
  public List<String> differences(String storedMeaning) {
    Map<String, String> stored = lines(storedMeaning);
    Map<String, String> own = lines(meaning());
    Set<String> keys = new TreeSet<>(stored.keySet());
    keys.addAll(own.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      String was = stored.getOrDefault(key, ADDED.getOrDefault(key, "not there"));
      String is = own.getOrDefault(key, "not there");
      if (!was.equals(is)) {
        differences.add(key + ": was " + was + ", is " + is);
      }
    }
    return differences;
  }

  /** How the meaning differs from that of {@code other}, the earlier one. */
  public List<String> differences(Settings other) {
    return differences(other.meaning());
  }

  private static boolean isMeaning(String key) {
    boolean free = FREE_KEYS.contains(key) || FREE_SECTIONS.contains(key.split("\\.", -1)[0]);
    return BOUND_KEYS.contains(key) || !free;
  }

  private static Map<String, String> lines(String meaning) {
    Map<String, String> lines = new LinkedHashMap<>();
    meaning
        .lines()
        .filter(line -> line.contains(" = "))
        .forEach(
            line -> {
              int at = line.indexOf(" = ");
              lines.put(line.substring(0, at), line.substring(at + " = ".length()));
            });
    return lines;
  }
}
