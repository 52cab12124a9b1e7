package org.ijepa.dataset;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.japi.Pair;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.ijepa.digest.Sha256;
import org.ijepa.failure.Failure;
import org.ijepa.order.Permutation;
import org.ijepa.random.RandomKey;
import org.ijepa.source.DataSource;
import org.ijepa.source.SampleIndex;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;

/**
 * Writes the images of a source as WebDataset shards, {@code shard-000000.tar} and on: in a random
 * order, so that a shard is a sample of the whole, each image under its old path with its number
 * before its name, followed by its label where it has one ({@code dogs/0000042-x.jpg}, {@code
 * dogs/0000042-x.cls}), and by all of its labels where there is a table of them ({@code
 * dogs/0000042-x.json}), the first of which is its label then. The same source and seed give the
 * same bytes.
 */
public final class ShardDataset {
  private static final int FETCHES_AHEAD = 16;

  /** Begins the name of the file that stands beside the shards until they are all there. */
  private static final String UNFINISHED = "unfinished-";

  private static final int RECIPE_DIGITS = 16;

  /** A number as JSON writes it. */
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");

  private final DataSource source;
  private final Optional<Map<String, Map<String, String>>> table;
  private final Store out;
  private final ActorSystem<?> system;

  /** Writes images whose labels are their folders' names from a source into a store. */
  public ShardDataset(DataSource source, Store out, ActorSystem<?> system) {
    this(source, Optional.empty(), out, system);
  }

  /**
   * Writes from a source into a store.
   *
   * @param table labels of images by their paths, each in the order of the table's columns; an
   *     image that it has no label of gets none, as a folder's name would be a class of its own
   */
  public ShardDataset(
      DataSource source,
      Optional<Map<String, Map<String, String>>> table,
      Store out,
      ActorSystem<?> system) {
    this.source = source;
    this.table = table;
    this.out = out;
    this.system = system;
  }

  /**
   * Writes all shards, one after another. What was broken off is gone on with: while a file beside
   * the shards says that they are not all, and that they are of the same images, labels, shard size
   * and seed, those that stand are left as they are, since none is ever half.
   *
   * @param shardSize images in a shard, but for the last
   * @param seed of the order
   * @param progress is told the number of images that are on their way into a shard or in one,
   *     after each, on the stream's thread
   * @return the number of shards
   * @throws Failure if something else is there already
   * @throws CompletionException with a {@link StoreException} or {@code SourceException} if reading
   *     or writing fails; the shards before stand
   */
  public long write(long shardSize, long seed, LongConsumer progress) {
    String unfinished = UNFINISHED + recipe(shardSize, seed);
    Set<String> there = Set.of();
    if (out.size(unfinished).toCompletableFuture().join().isPresent()) {
      there = new HashSet<>(StoreFiles.list(out, Long.MAX_VALUE, system));
    } else {
      StoreFiles.requireNew(out, system);
      ByteString text = ByteString.fromString("not all shards are written yet\n");
      out.write(unfinished, text).toCompletableFuture().join();
    }
    long images = source.index().size();
    Permutation order = new Permutation(RandomKey.of(seed, "shard-dataset"), images);
    long shards = (images + shardSize - 1) / shardSize;
    for (long shard = 0; shard < shards; shard++) {
      long from = shard * shardSize;
      long to = Math.min(images, from + shardSize);
      String key = String.format(Locale.ROOT, "shard-%06d.tar", shard);
      if (there.contains(key)) {
        progress.accept(to);
      } else {
        out.retrying(() -> out.writeStream(key, tar(order, from, to, progress)))
            .toCompletableFuture()
            .join();
      }
    }
    out.delete(unfinished).toCompletableFuture().join();
    return shards;
  }

  /** A digest of what decides the shards' bytes. */
  private String recipe(long shardSize, long seed) {
    MessageDigest digest = Sha256.begin();
    SampleIndex index = source.index();
    String whole = index.fingerprint() + "\n" + shardSize + "\n" + seed + "\n" + table.isPresent();
    digest.update(whole.getBytes(StandardCharsets.UTF_8));
    for (long sample = 0; table.isPresent() && sample < index.size(); sample++) {
      Map<String, String> labels = table.get().getOrDefault(index.key(sample), Map.of());
      digest.update((labels + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return Sha256.hex(digest).substring(0, RECIPE_DIGITS);
  }

  private Source<ByteString, NotUsed> tar(
      Permutation order, long from, long to, LongConsumer progress) {
    return Source.fromIterator(() -> LongStream.range(from, to).iterator())
        .map(order::at)
        .mapAsync(
            FETCHES_AHEAD,
            sample -> source.fetch(sample).thenApply(bytes -> Pair.create(sample, bytes)))
        .zipWithIndex()
        .map(
            numbered -> {
              progress.accept(from + numbered.second() + 1);
              return members(numbered.first().first(), numbered.first().second());
            })
        .concat(Source.single(end()));
  }

  private ByteString members(long sample, ByteString bytes) {
    SampleIndex index = source.index();
    String name = index.name(sample);
    int base = name.lastIndexOf('/') + 1;
    int dot = name.lastIndexOf('.');
    int digits = Long.toString(index.size() - 1).length();
    // A dot within the name would end what a sample's members share.
    String stem =
        name.substring(0, base)
            + String.format(Locale.ROOT, "%0" + digits + "d-", sample)
            + name.substring(base, dot).replace('.', '_');
    String folder = base == 0 ? "" : name.substring(0, base - 1);
    Map<String, String> labels =
        table.map(rows -> rows.getOrDefault(index.key(sample), Map.of())).orElse(Map.of());
    String label =
        table.isPresent()
            ? labels.values().stream().findFirst().orElse("")
            : index.label(sample).orElse(folder);
    String json = json(labels);
    return tar(
        tar -> {
          put(tar, stem + name.substring(dot), bytes.toArrayUnsafe());
          if (!label.isEmpty()) {
            put(tar, stem + ".cls", label.getBytes(StandardCharsets.UTF_8));
          }
          if (!json.isEmpty()) {
            put(tar, stem + ".json", json.getBytes(StandardCharsets.UTF_8));
          }
          tar.flush();
        });
  }

  /** An object of the labels that there are; no text where there are none. */
  private static String json(Map<String, String> labels) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    labels.forEach(
        (name, label) -> {
          if (NUMBER.matcher(label).matches()) {
            json.putRawValue(name, new RawValue(label));
          } else if (!label.isEmpty()) {
            json.put(name, label);
          }
        });
    return json.isEmpty() ? "" : json.toString();
  }

  private static ByteString end() {
    return tar(TarArchiveOutputStream::finish);
  }

  private interface Part {
    void writeTo(TarArchiveOutputStream tar) throws IOException;
  }

  /** A part of a tar file, a whole number of blocks. */
  private static ByteString tar(Part part) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      // Not closed: that would end the file.
      @SuppressWarnings("resource")
      TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, StandardCharsets.UTF_8.name());
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      part.writeTo(tar);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return ByteString.fromArrayUnsafe(bytes.toByteArray());
  }

  private static void put(TarArchiveOutputStream tar, String name, byte[] contents)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(contents.length);
    // Nothing of who wrote it when: the same images make the same bytes.
    entry.setModTime(0);
    entry.setUserName("");
    entry.setIds(0, 0);
    tar.putArchiveEntry(entry);
    tar.write(contents);
    tar.closeArchiveEntry();
  }
}
