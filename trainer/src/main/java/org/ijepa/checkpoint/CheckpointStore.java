package org.ijepa.checkpoint;

import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.FileIO;
import akka.stream.javadsl.Sink;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.ijepa.digest.Sha256;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerJoin;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.replica.ReplicaState;
import org.ijepa.safetensors.SafetensorsWriter;
import org.ijepa.store.Entry;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;
import org.ijepa.store.StoreException.Kind;
import org.ijepa.vit.Geometry;

/**
 * The checkpoints of a run in a folder or S3 prefix, and the {@link StoreMarks} beside them. A
 * checkpoint's tensors are written by a trainer, its state and ledger by the coordinator, and its
 * manifest last. All calls block, and throw {@link StoreException} or {@link IOException}.
 */
public final class CheckpointStore {
  /** Where the run stands and what it means, JSON. */
  public static final String STATE = "state.json";

  /** In the state: what the online probe measured last, if anything. */
  public static final String PROBE = "probe";

  /** In {@link #PROBE}: the higher the better. */
  public static final String SCORE = "score";

  /** What the manifest of a checkpoint is called that was found damaged. */
  public static final String DAMAGED = "manifest.json.damaged";

  private final String uri;
  private final Store store;
  private final Path scratch;
  private final ActorSystem<?> system;
  private final StoreMarks marks;

  /** Those of which files may be left. */
  private final Set<CheckpointName> halfDeleted = ConcurrentHashMap.newKeySet();

  /** Of the checkpoints seen so far; a checkpoint never changes. */
  private final Map<CheckpointName, OptionalDouble> scores = new ConcurrentHashMap<>();

  /**
   * The checkpoints of a store.
   *
   * @param scratch local folder for files on their way
   */
  public CheckpointStore(String uri, Store store, Path scratch, ActorSystem<?> system) {
    this.uri = uri;
    this.store = store;
    this.scratch = scratch;
    this.system = system;
    marks = new StoreMarks(store, this::list);
  }

  /** What the nodes and starts of the run leave each other beside the checkpoints. */
  public StoreMarks marks() {
    return marks;
  }

  /** Where the checkpoints are. */
  public String uri() {
    return uri;
  }

  /** Names of the complete checkpoints, oldest first; empty where nothing is stored yet. */
  public List<CheckpointName> complete() {
    return withFile(Manifest.NAME);
  }

  /** Names of those that were complete, and are {@link #setAside}. */
  public List<CheckpointName> damaged() {
    return withFile(DAMAGED);
  }

  private List<CheckpointName> withFile(String file) {
    return list("").stream()
        .map(Entry::key)
        .filter(key -> key.endsWith("/" + file))
        .flatMap(key -> CheckpointName.parse(key.substring(0, key.indexOf('/'))).stream())
        .sorted()
        .toList();
  }

  private List<Entry> list(String prefix) {
    try {
      return await(store.list(prefix).runWith(Sink.seq(), system));
    } catch (StoreException e) {
      // A folder that nobody has written to yet is an empty store; a missing bucket is not.
      if (e.kind() == Kind.NO_BUCKET && !uri.startsWith("s3:")) {
        return List.of();
      }
      throw e;
    }
  }

  /**
   * Writes the tensors of a checkpoint to be; returns their entries for the manifest.
   *
   * @param moved is told now and then, but not within a file's way into the store
   */
  public List<Manifest.FileEntry> writeTensors(
      CheckpointName name, Geometry geometry, ReplicaState state, Runnable moved)
      throws IOException {
    TensorFiles files = new TensorFiles(geometry, state);
    List<Manifest.FileEntry> entries = new ArrayList<>();
    for (String file : TensorFiles.NAMES) {
      entries.add(
          put(
              name,
              file,
              local -> {
                files.write(file, local, written -> moved.run());
                moved.run();
              }));
    }
    return entries;
  }

  /**
   * Writes one file of a checkpoint to be that holds tensors from elsewhere.
   *
   * @param file one of {@link TensorFiles#NAMES}
   * @param progress hears how many bytes of the values are written
   */
  public Manifest.FileEntry writeTensors(
      CheckpointName name, String file, SafetensorsWriter tensors, LongConsumer progress)
      throws IOException {
    return put(
        name,
        file,
        local -> {
          try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(local))) {
            tensors.write(out, progress);
          }
        });
  }

  /**
   * Copies the tensors of another store's checkpoint into one to be; returns their entries for the
   * manifest.
   *
   * @throws IOException if one of them is not what its manifest says
   */
  public List<Manifest.FileEntry> copyTensors(
      CheckpointStore from, CheckpointName its, CheckpointName name) throws IOException {
    List<Manifest.FileEntry> stated = from.manifest(its);
    List<Manifest.FileEntry> entries = new ArrayList<>();
    for (String file : TensorFiles.NAMES) {
      entries.add(put(name, file, local -> from.copy(its, stated, file, local, read -> {})));
    }
    return entries;
  }

  private interface Content {
    void write(Path local) throws IOException;
  }

  /** Writes a file on its way through a local one. */
  private Manifest.FileEntry put(CheckpointName name, String file, Content content)
      throws IOException {
    Files.createDirectories(scratch);
    Path local = Files.createTempFile(scratch, file, ".tmp");
    try {
      content.write(local);
      await(store.writeFile(name + "/" + file, local));
      return Manifest.FileEntry.of(file, local);
    } finally {
      Files.deleteIfExists(local);
    }
  }

  /** Completes a checkpoint: its ledger and state, then its manifest. */
  public void complete(
      CheckpointName name,
      List<Manifest.FileEntry> tensors,
      List<LedgerSegment> ledger,
      byte[] state) {
    List<Manifest.FileEntry> entries = new ArrayList<>(tensors);
    for (LedgerSegment segment : ledger) {
      entries.add(put(name, segment.name(), segment.encode()));
    }
    entries.add(put(name, STATE, state));
    await(
        store.write(
            name + "/" + Manifest.NAME, ByteString.fromArrayUnsafe(Manifest.encode(entries))));
  }

  private Manifest.FileEntry put(CheckpointName name, String file, byte[] content) {
    await(store.write(name + "/" + file, ByteString.fromArrayUnsafe(content)));
    return Manifest.FileEntry.of(file, content);
  }

  /** SHA-256 in hexadecimal over what the manifest says: alike where all files are. */
  public String digest(CheckpointName name) throws IOException {
    return Sha256.hex(Manifest.encode(manifest(name)));
  }

  private List<Manifest.FileEntry> manifest(CheckpointName name) throws IOException {
    return Manifest.decode(await(store.read(name + "/" + Manifest.NAME)).toArrayUnsafe());
  }

  private static Manifest.FileEntry entry(
      CheckpointName name, List<Manifest.FileEntry> manifest, String file) throws IOException {
    return manifest.stream()
        .filter(entry -> entry.name().equals(file))
        .findFirst()
        .orElseThrow(() -> new IOException(name + " has no " + file));
  }

  /**
   * A small file of a checkpoint.
   *
   * @throws IOException if its content is not what the manifest says
   */
  public byte[] read(CheckpointName name, String file) throws IOException {
    return read(name, entry(name, manifest(name), file));
  }

  private byte[] read(CheckpointName name, Manifest.FileEntry stated) throws IOException {
    byte[] content = await(store.read(name + "/" + stated.name())).toArrayUnsafe();
    verify(name, stated, Manifest.FileEntry.of(stated.name(), content));
    return content;
  }

  /**
   * The ledger of all steps before the checkpoint's.
   *
   * @throws IOException if a segment is missing, damaged or no ledger
   */
  public LedgerContents ledger(CheckpointName name) throws IOException {
    List<Manifest.FileEntry> segments =
        manifest(name).stream()
            .filter(entry -> LedgerSegment.isName(entry.name()))
            .sorted(Comparator.comparing(Manifest.FileEntry::name))
            .toList();
    LedgerJoin ledger = new LedgerJoin(name.toString());
    for (Manifest.FileEntry segment : segments) {
      ledger.add(segment.name(), read(name, segment));
    }
    return ledger.contents();
  }

  private static void verify(
      CheckpointName name, Manifest.FileEntry stated, Manifest.FileEntry found) throws IOException {
    if (!stated.equals(found)) {
      throw new IOException(
          name
              + "/"
              + stated.name()
              + " is damaged: "
              + found.bytes()
              + " bytes, SHA-256 "
              + found.sha256()
              + "; the manifest says "
              + stated.bytes()
              + " bytes, "
              + stated.sha256());
    }
  }

  /**
   * Copies files of a checkpoint to local ones of their names.
   *
   * @param progress hears how many bytes of how many are copied
   * @throws IOException if a file's content is not what the manifest says
   */
  public void copy(CheckpointName name, List<String> files, Path folder, BytesProgress progress)
      throws IOException {
    List<Manifest.FileEntry> manifest = manifest(name);
    long all = 0;
    for (String file : files) {
      all += entry(name, manifest, file).bytes();
    }
    long of = all;
    long before = 0;
    for (String file : files) {
      long begin = before;
      copy(name, manifest, file, folder.resolve(file), read -> progress.at(begin + read, of));
      before += entry(name, manifest, file).bytes();
    }
  }

  private void copy(
      CheckpointName name,
      List<Manifest.FileEntry> manifest,
      String file,
      Path to,
      LongConsumer progress)
      throws IOException {
    Manifest.FileEntry stated = entry(name, manifest, file);
    AtomicLong read = new AtomicLong();
    await(
        store.stream(name + "/" + file)
            .map(
                bytes -> {
                  progress.accept(read.addAndGet(bytes.size()));
                  return bytes;
                })
            .runWith(FileIO.toPath(to), system));
    verify(name, stated, Manifest.FileEntry.of(file, to));
  }

  /**
   * What a checkpoint tells beside tensors and ledger.
   *
   * @throws IOException if it is damaged
   */
  public JsonNode state(CheckpointName name) throws IOException {
    return new ObjectMapper().readTree(read(name, STATE));
  }

  /**
   * Reads a checkpoint's tensors into a state.
   *
   * @param moved is told as bytes come
   * @throws IOException if a file is damaged or of another geometry
   */
  public void readTensors(
      CheckpointName name, Geometry geometry, ReplicaState state, Runnable moved)
      throws IOException {
    readTensors(name, geometry, state, TensorFiles.NAMES, moved);
  }

  /** As above without the optimizer's state, for a model that is only evaluated. */
  public void readNetworks(CheckpointName name, Geometry geometry, ReplicaState state)
      throws IOException {
    readTensors(
        name,
        geometry,
        state,
        List.of(TensorFiles.ENCODER, TensorFiles.PREDICTOR, TensorFiles.TARGET_ENCODER),
        () -> {});
  }

  private void readTensors(
      CheckpointName name,
      Geometry geometry,
      ReplicaState state,
      List<String> wanted,
      Runnable moved)
      throws IOException {
    TensorFiles files = new TensorFiles(geometry, state);
    List<Manifest.FileEntry> manifest = manifest(name);
    Files.createDirectories(scratch);
    for (String file : wanted) {
      Path local = Files.createTempFile(scratch, file, ".tmp");
      try {
        copy(name, manifest, file, local, read -> moved.run());
        files.read(file, local);
        moved.run();
      } finally {
        Files.deleteIfExists(local);
      }
    }
  }

  /**
   * Deletes what need not be kept: all but the newest {@code keepLast}, those whose step is a
   * multiple of {@code keepEvery} (0: none), and the {@code keepBest} best by probe. The manifest
   * goes first, so that a half-deleted checkpoint does not exist; the rest of its files goes with
   * the next call.
   *
   * @throws StoreException if one could not be deleted, after all others are
   */
  public void prune(int keepLast, int keepEvery, int keepBest) {
    List<CheckpointName> names = complete();
    Set<CheckpointName> kept =
        new HashSet<>(names.subList(Math.max(0, names.size() - keepLast), names.size()));
    byScore(names).limit(keepBest).forEach(kept::add);
    SortedSet<CheckpointName> unneeded = new TreeSet<>(halfDeleted);
    for (CheckpointName name : names) {
      boolean milestone = keepEvery > 0 && name.step() % keepEvery == 0;
      if (!kept.contains(name) && !milestone) {
        unneeded.add(name);
      }
    }
    deleteAll(unneeded);
  }

  private void deleteAll(Collection<CheckpointName> unneeded) {
    List<StoreException> failures = new ArrayList<>();
    for (CheckpointName name : unneeded) {
      try {
        delete(name);
      } catch (StoreException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  private void delete(CheckpointName name) {
    halfDeleted.add(name);
    await(store.delete(name + "/" + Manifest.NAME));
    for (Entry object : list(name + "/")) {
      await(store.delete(object.key()));
    }
    halfDeleted.remove(name);
  }

  /**
   * Deletes the checkpoints of later steps, if there is one that stays.
   *
   * @return the newest one that is left; empty, with nothing deleted, if all are of later steps
   */
  public Optional<CheckpointName> rollBack(long step) {
    List<CheckpointName> names = complete();
    Optional<CheckpointName> newest =
        names.stream().filter(name -> name.step() <= step).reduce((earlier, later) -> later);
    if (newest.isPresent()) {
      // The newest first: whoever is interrupted here is left with a run that can go on.
      for (int i = names.size() - 1; i >= 0; i--) {
        if (names.get(i).step() > step) {
          delete(names.get(i));
        }
      }
    }
    return newest;
  }

  /**
   * The complete checkpoint with the highest score by probe, the earliest of equal ones; empty if
   * none has a score.
   */
  public Optional<CheckpointName> best() {
    return byScore(complete()).findFirst();
  }

  /** Those that have a score, the best first. */
  private Stream<CheckpointName> byScore(List<CheckpointName> names) {
    return names.stream()
        .filter(name -> score(name).isPresent())
        .sorted(
            Comparator.comparingDouble((CheckpointName name) -> score(name).getAsDouble())
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
  }

  /** What a probe gave shortly before a checkpoint, higher is better; damaged ones have none. */
  private OptionalDouble score(CheckpointName name) {
    return scores.computeIfAbsent(
        name,
        unknown -> {
          try {
            JsonNode score = state(unknown).path(PROBE).path(SCORE);
            return score.isNumber() ? OptionalDouble.of(score.asDouble()) : OptionalDouble.empty();
          } catch (IOException damaged) {
            return OptionalDouble.empty();
          }
        });
  }

  /** Keeps a damaged checkpoint's files, but not as a checkpoint. */
  public void setAside(CheckpointName name) {
    String manifest = name + "/" + Manifest.NAME;
    await(store.write(name + "/" + DAMAGED, await(store.read(manifest))));
    await(store.delete(manifest));
  }

  static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** The newest complete checkpoint, if there is one. */
  public Optional<CheckpointName> newest() {
    return complete().stream().max(Comparator.naturalOrder());
  }
}
