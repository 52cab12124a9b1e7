package org.ijepa.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.failure.FileReason;
import org.ijepa.file.Replacement;

/**
 * The folder of one run, held by one process at a time.
 *
 * <p>It has {@code resolved.conf}, {@code metrics.jsonl}, {@code ijepa_r0.csv}, {@code
 * tensorboard/}, {@code quarantine.jsonl}, {@code collapse.jsonl}, {@code probe.jsonl}, {@code
 * pipeline.jsonl}, {@code layers.jsonl}, {@code events.jsonl}, {@code pictures/}, {@code
 * lineage.json} where the run extends another, and unless they are kept elsewhere {@code
 * ledger.jsonl} and {@code checkpoints/}. The lock is the operating system's: it ends with the
 * process, however that ends. Not safe for use by several threads at once.
 */
public final class RunFolder implements AutoCloseable {
  private static final String LOCK_FILE = ".lock";

  private final Path path;
  private final FileChannel lockChannel;
  private final MetricsLog metrics;
  private final PublishedCsv publishedCsv;
  private final QuarantineLog quarantine;
  private final TensorBoardLog tensorBoard;
  private final FindingLog collapse;
  private final FindingLog probe;
  private final FindingLog pipeline;
  private final FindingLog layers;
  private final EventLog events;

  private RunFolder(
      Path path,
      FileChannel lockChannel,
      MetricsLog metrics,
      PublishedCsv publishedCsv,
      QuarantineLog quarantine,
      TensorBoardLog tensorBoard,
      FindingLog collapse,
      FindingLog probe,
      FindingLog pipeline,
      FindingLog layers,
      EventLog events) {
    this.path = path;
    this.lockChannel = lockChannel;
    this.metrics = metrics;
    this.publishedCsv = publishedCsv;
    this.quarantine = quarantine;
    this.tensorBoard = tensorBoard;
    this.collapse = collapse;
    this.probe = probe;
    this.pipeline = pipeline;
    this.layers = layers;
    this.events = events;
  }

  /**
   * Creates the folder where it is not there yet.
   *
   * @throws Failure where that cannot be done
   */
  public static void create(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "the folder " + path + " cannot be created (" + FileReason.of(e) + ")",
          "name another one with --out, or see to its permissions",
          e);
    }
  }

  /**
   * Creates the folder or opens the one that is there, and locks it. A crash may have left torn
   * ends: {@link #rewindTo} comes before the first line is added.
   *
   * <p>A process that was removed from its cluster while it slept may still hold the folder: its
   * successor, of the same session, takes it over. What the sleeper then writes goes nowhere, as
   * {@link #rewindTo} replaces all files.
   *
   * @param clock of the times in TensorBoard's events
   * @param session the same for all processes of which only one can lead
   * @throws Failure where another process holds it, or this one does already
   * @throws IOException where the folder cannot be written
   */
  public static RunFolder open(Path path, Clock clock, String session) throws IOException {
    Files.createDirectories(path);
    FileChannel lockChannel = lock(path, session);
    try {
      return new RunFolder(
          path,
          lockChannel,
          MetricsLog.open(metrics(path)),
          PublishedCsv.open(path.resolve("ijepa_r0.csv")),
          QuarantineLog.open(quarantine(path)),
          TensorBoardLog.open(path.resolve("tensorboard"), clock),
          FindingLog.open(collapse(path)),
          FindingLog.open(path.resolve("probe.jsonl")),
          FindingLog.open(pipeline(path)),
          FindingLog.open(path.resolve("layers.jsonl")),
          EventLog.open(events(path)));
    } catch (IOException e) {
      lockChannel.close();
      throw e;
    }
  }

  private static FileChannel lock(Path path, String session) throws IOException {
    Path file = path.resolve(LOCK_FILE);
    FileChannel channel = openLock(file);
    if (!tryLock(channel)) {
      channel.close();
      String[] holder = new String(Files.readAllBytes(file), UTF_8).strip().split(" ", 2);
      if (holder.length < 2 || !holder[1].equals(session)) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "run folder "
                + path
                + " is in use by "
                + (holder[0].isEmpty() ? "another process" : "process " + holder[0]),
            "wait until it has ended, or choose another folder with --out");
      }
      channel = replaceLock(path, file);
    }
    channel.truncate(0);
    channel.write(UTF_8.encode(ProcessHandle.current().pid() + " " + session + "\n"), 0);
    return channel;
  }

  private static FileChannel openLock(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static FileChannel replaceLock(Path path, Path file) throws IOException {
    Path beside = path.resolve(LOCK_FILE + "." + ProcessHandle.current().pid());
    FileChannel channel = openLock(beside);
    if (!tryLock(channel)) {
      channel.close();
      throw new IOException("the lock of " + path + " cannot be taken over");
    }
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return channel;
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** The folder itself. */
  public Path path() {
    return path;
  }

  /** Where checkpoints go unless {@code checkpoint.uri} says otherwise. */
  public static Path checkpoints(Path path) {
    return path.resolve("checkpoints");
  }

  /** What the processes decode that take part in the run from this folder, as long as they live. */
  public static Path decoding(Path path) {
    return path.resolve("decoding");
  }

  /** The mirror of the ledger of the run in this folder. */
  public static Path ledger(Path path) {
    return path.resolve("ledger.jsonl");
  }

  /** The mirror of the ledger. */
  public Path ledger() {
    return ledger(path);
  }

  /**
   * The index that a source of the run began with.
   *
   * @param source from 0
   * @param sources of the run
   */
  public static Path index(Path path, int source, int sources) {
    return path.resolve(ofSource(source, sources) + ".index");
  }

  /**
   * Where a source of the run was when it began, and the version that it was of.
   *
   * @param source from 0
   * @param sources of the run
   */
  public static Path version(Path path, int source, int sources) {
    return path.resolve(ofSource(source, sources) + ".version");
  }

  private static String ofSource(int source, int sources) {
    return sources == 1 ? "source" : "source-" + (source + 1);
  }

  /** One line for each use of a bad sample, of the run in this folder. */
  public static Path quarantine(Path path) {
    return path.resolve("quarantine.jsonl");
  }

  /** Which finished runs this one goes on from, where it does. */
  public static Path lineage(Path path) {
    return path.resolve("lineage.json");
  }

  /** What the input's stages counted, and which of them limited. */
  public static Path pipeline(Path path) {
    return path.resolve("pipeline.jsonl");
  }

  /** One line for each committed step, of the run in this folder. */
  public static Path metrics(Path path) {
    return path.resolve("metrics.jsonl");
  }

  /** Pictures of its masks, and of its features where somebody had them drawn. */
  public static Path pictures(Path path) {
    return path.resolve("pictures");
  }

  /** Where signs of collapse are written down. */
  public static Path collapse(Path path) {
    return path.resolve("collapse.jsonl");
  }

  /** Where the resolved configuration of the run in this folder stands. */
  public static Path resolvedConfiguration(Path path) {
    return path.resolve("resolved.conf");
  }

  /** Where the resolved configuration stands. */
  public Path resolvedConfiguration() {
    return resolvedConfiguration(path);
  }

  /** Replaces {@code resolved.conf} as a whole. */
  public void writeResolvedConfiguration(String rendered) throws IOException {
    Replacement.of(resolvedConfiguration(), rendered.getBytes(UTF_8));
  }

  /** One line for each committed step. */
  public MetricsLog metrics() {
    return metrics;
  }

  /** The columns of the published code's log. */
  public PublishedCsv publishedCsv() {
    return publishedCsv;
  }

  /** Samples that could not be read. */
  public QuarantineLog quarantine() {
    return quarantine;
  }

  /** Curves for TensorBoard. */
  public TensorBoardLog tensorBoard() {
    return tensorBoard;
  }

  /** What the probe found while the run went on. */
  public FindingLog probe() {
    return probe;
  }

  /** What the input's stages counted. */
  public FindingLog pipeline() {
    return pipeline;
  }

  /** Norms of each layer's weights and gradient. */
  public FindingLog layers() {
    return layers;
  }

  /** What happened to the run; nothing of it is ever taken back. */
  public EventLog events() {
    return events;
  }

  /** What happened to the run in this folder. */
  public static Path events(Path path) {
    return path.resolve("events.jsonl");
  }

  /** Signs of collapse. */
  public FindingLog collapse() {
    return collapse;
  }

  /**
   * Takes back what is written of {@code step} and later ones, before a run goes on with {@code
   * step}.
   *
   * @param step the next to be committed, from 0
   * @param epoch of that step, from 1, as in the published log
   * @param iteration of that step within its epoch, from 0
   * @return what nothing but these files knew
   */
  public TakenBack rewindTo(long step, long epoch, long iteration) throws IOException {
    List<StepMetrics> steps = metrics.rewindTo(step);
    publishedCsv.rewindTo(epoch, iteration);
    quarantine.rewindTo(step);
    tensorBoard.rewindTo(step);
    return new TakenBack(
        steps,
        collapse.rewindTo(step),
        probe.rewindTo(step),
        pipeline.rewindTo(step),
        layers.rewindTo(step));
  }

  /** Lines that were taken back, of each file in its order. */
  public record TakenBack(
      List<StepMetrics> metrics,
      List<FindingLog.Line> collapse,
      List<FindingLog.Line> probe,
      List<FindingLog.Line> pipeline,
      List<FindingLog.Line> layers) {}

  /** Closes the files and lets the folder go. */
  @Override
  public void close() throws IOException {
    try (lockChannel) {
      metrics.close();
      publishedCsv.close();
      quarantine.close();
      tensorBoard.close();
      collapse.close();
      probe.close();
      pipeline.close();
      layers.close();
      events.close();
    }
  }
}
