package org.ijepa.cache;

import akka.util.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.ijepa.digest.Sha256;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bytes by source and name in a folder, up to a limit. What is read in another order in each epoch
 * would be gone before it is wanted again if the oldest made room for the newest. So a source's
 * files make no room for others of its own: once the folder is full, what came first stays, and
 * half of a set of twice the limit is there in each epoch. Files of sources that nobody reads any
 * more make room, those that were not used for longest first.
 *
 * <p>It may lose anything at any time and never gives wrong bytes: each file begins with a SHA-256
 * of its name and bytes, which is checked whenever it is read. Safe for use from many threads;
 * blocks on the disk.
 *
 * <p>Several processes may use a folder at once, without a lock: a file appears whole, by a rename,
 * and is only ever deleted. Each process adds up what it has written and looks at the folder again
 * after a sixteenth of the limit, so that n processes exceed the limit by n sixteenths at most; one
 * alone never does. While one thread looks, the others go on: what then finds no room is not kept.
 */
public final class DiskCache {
  private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);
  private static final byte[] MAGIC = "IJCACHE1".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGEST_BYTES = 32;
  private static final int HEADER_BYTES = MAGIC.length + DIGEST_BYTES;

  private static final int SOURCE_DIGITS = 16;

  /** Share of the limit that eviction leaves, so that not every file looks at the whole folder. */
  private static final double KEPT = 0.9;

  private static final int LOOKS = 16;

  private final CacheFolder folder;
  private final long limit;
  private final Clock clock;
  private final Patience patience;
  private final AtomicBoolean complained = new AtomicBoolean();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder stored = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private final LongAdder damaged = new LongAdder();
  private final LongAdder failed = new LongAdder();

  // Guarded by this: bytes of whole files, of those being written, and written since the last look.
  private long used;
  private long pending;
  private long written;

  /** When a full folder is worth another look; guarded by this. */
  private Instant nextLook = Instant.MIN;

  /** Whether somebody looks through the folder, which takes long; guarded by this. */
  private boolean looking;

  /** When this process used each source last, by the name of its folder. */
  private final Map<String, Instant> lastUses = new ConcurrentHashMap<>();

  /**
   * When a cache makes room.
   *
   * @param idle a source none of whose files any process has used for so long is not being read
   * @param full between two looks at a folder that is full
   */
  record Patience(Duration idle, Duration full) {
    private static final Patience USUAL =
        new Patience(Duration.ofMinutes(10), Duration.ofMinutes(1));
  }

  /**
   * What a cache did.
   *
   * @param hits reads that it answered
   * @param misses reads that it did not
   * @param stored files written
   * @param refused files that were not written, as the folder was full
   * @param evicted files deleted for the limit
   * @param damaged files deleted because their digest was wrong, each counted as a miss, too, or
   *     because what they were given was
   * @param failed reads and writes that the disk refused
   */
  public record Counts(
      long hits, long misses, long stored, long refused, long evicted, long damaged, long failed) {

    /** For people. */
    public String text() {
      return "%d of %d reads were there, %d kept, %d found no room, %d evicted, %d damaged, %d refused by the disk"
          .formatted(hits, hits + misses, stored, refused, evicted, damaged, failed);
    }
  }

  private DiskCache(CacheFolder folder, long limit, Clock clock, Patience patience) {
    this.folder = folder;
    this.limit = limit;
    this.clock = clock;
    this.patience = patience;
  }

  /**
   * Opens a folder, which is created where it is not there.
   *
   * @param limit bytes of all its files, above 0; what lies there beyond it is evicted
   * @param clock tells when a file was used last
   * @throws IOException if the folder cannot be written
   */
  public static DiskCache open(Path folder, long limit, Clock clock) throws IOException {
    return open(folder, limit, clock, Patience.USUAL);
  }

  static DiskCache open(Path folder, long limit, Clock clock, Patience patience)
      throws IOException {
    DiskCache cache = new DiskCache(CacheFolder.open(folder, clock), limit, clock, patience);
    CacheFolder.Contents contents = cache.look();
    if (cache.used() > limit) {
      cache.evict(contents.oldestFirst(), cache.enough());
    }
    return cache;
  }

  /** The bytes of that name of a source, if they are there and sound. */
  public Optional<ByteString> get(String source, String name) {
    Path file = file(source, name);
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (!isSound(name, bytes)) {
        deleteDamaged(name, file);
        misses.increment();
        return Optional.empty();
      }
      Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
      hits.increment();
      return Optional.of(
          ByteString.fromArrayUnsafe(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES));
    } catch (NoSuchFileException e) {
      // Never there, or evicted meanwhile by any process.
      misses.increment();
      return Optional.empty();
    } catch (IOException e) {
      misses.increment();
      complain(e);
      return Optional.empty();
    }
  }

  /** Keeps bytes of a source under a name, unless there is no room or the disk refuses. */
  public void put(String source, String name, ByteString bytes) {
    Path file = file(source, name);
    long size = (long) HEADER_BYTES + bytes.size();
    if (size > limit || Files.exists(file) || !reserve(size)) {
      return;
    }
    long added = 0;
    try {
      folder.write(file, header(name, bytes), bytes.asByteBuffer());
      added = size;
      stored.increment();
    } catch (IOException e) {
      complain(e);
    } finally {
      settle(size, added);
    }
  }

  /** Keeps bytes under a name, in place of others that turned out to be wrong before they came. */
  public void replace(String source, String name, ByteString bytes) {
    Path file = file(source, name);
    try {
      drop(file);
    } catch (IOException e) {
      complain(e);
      return;
    }
    put(source, name, bytes);
  }

  private synchronized void drop(Path file) throws IOException {
    try {
      long size = Files.size(file);
      if (Files.deleteIfExists(file)) {
        damaged.increment();
        dropped(size);
      }
    } catch (NoSuchFileException e) {
      // Never there, or evicted meanwhile by any process.
      return;
    }
  }

  /** Where a file is; whoever asks uses its source. */
  private Path file(String source, String name) {
    String digits = digest(source).substring(0, SOURCE_DIGITS);
    lastUses.put(digits, clock.instant());
    return folder.file(digits, digest(name));
  }

  /** One thread makes room, without the lock; others meanwhile have what room there is. */
  private boolean reserve(long size) {
    Instant now = clock.instant();
    synchronized (this) {
      pending += size;
      if (!isLookDue(now)) {
        return settled(size);
      }
      looking = true;
    }
    try {
      makeRoom(now);
    } finally {
      ended(now);
    }
    synchronized (this) {
      return settled(size);
    }
  }

  /** A folder that was full lately, and of which nothing was written since, still is. */
  private boolean isLookDue(Instant now) {
    boolean grown = written > limit / LOOKS;
    boolean full = used + pending > limit && !now.isBefore(nextLook);
    return !looking && (grown || full);
  }

  /** While somebody looks, nobody knows what others wrote: what may be kept then is bounded. */
  private boolean settled(long size) {
    boolean unsure = looking && written > limit / LOOKS;
    if (!unsure && used + pending <= limit) {
      return true;
    }
    pending -= size;
    refused.increment();
    return false;
  }

  private synchronized void settle(long size, long added) {
    pending -= size;
    used += added;
    written += added;
  }

  private void makeRoom(Instant now) {
    try {
      CacheFolder.Contents contents = look();
      if (isFull()) {
        Set<String> read = beingRead(contents, now);
        evict(
            contents.oldestFirst().stream().filter(e -> !read.contains(e.source())).toList(),
            enough());
      }
      if (used() > limit) {
        // Several processes together wrote more than there was room for.
        evict(look().oldestFirst(), limit);
      }
    } catch (IOException e) {
      complain(e);
    }
  }

  private synchronized void ended(Instant now) {
    looking = false;
    nextLook = isFull() ? now.plus(patience.full()) : Instant.MIN;
  }

  private synchronized boolean isFull() {
    return used + pending > limit;
  }

  private synchronized long used() {
    return used;
  }

  /** What is written meanwhile counts, also where it was found: too much rather than too little. */
  private CacheFolder.Contents look() throws IOException {
    synchronized (this) {
      written = 0;
    }
    CacheFolder.Contents contents = folder.contents();
    synchronized (this) {
      used = contents.bytes() + written;
    }
    return contents;
  }

  private synchronized long enough() {
    return Math.max(0, (long) (KEPT * limit) - pending);
  }

  private Set<String> beingRead(CacheFolder.Contents contents, Instant now) {
    Instant since = now.minus(patience.idle());
    Set<String> read = new HashSet<>();
    contents.oldestFirst().stream()
        .filter(entry -> entry.used().isAfter(since))
        .forEach(entry -> read.add(entry.source()));
    lastUses.forEach(
        (source, last) -> {
          if (last.isAfter(since)) {
            read.add(source);
          }
        });
    return read;
  }

  private void evict(List<CacheFolder.Entry> oldestFirst, long enough) throws IOException {
    for (CacheFolder.Entry oldest : oldestFirst) {
      if (used() <= enough) {
        return;
      }
      if (Files.deleteIfExists(oldest.file())) {
        evicted.increment();
      }
      gone(oldest.bytes());
    }
  }

  private synchronized void gone(long bytes) {
    used -= bytes;
  }

  /** Unless another read of it was here first, and its own bytes are there by now. */
  private synchronized void deleteDamaged(String name, Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!isSound(name, bytes) && Files.deleteIfExists(file)) {
      damaged.increment();
      dropped(bytes.length);
    }
  }

  /** What somebody is looking at may be found, and evicted, and must not count as gone twice. */
  private void dropped(long bytes) {
    if (!looking) {
      used -= bytes;
    }
  }

  /** A cache that does not work is no reason to stop: what is read comes from where it is. */
  private void complain(IOException e) {
    failed.increment();
    if (!complained.getAndSet(true)) {
      LOG.warn(
          "the cache in {} does not work, images come from their source: {}",
          folder.path(),
          e.toString());
    }
  }

  /** What it did since it was opened. */
  public Counts counts() {
    return new Counts(
        hits.sum(),
        misses.sum(),
        stored.sum(),
        refused.sum(),
        evicted.sum(),
        damaged.sum(),
        failed.sum());
  }

  private static String digest(String name) {
    return Sha256.hex(name.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] header(String name, ByteString bytes) {
    byte[] header = Arrays.copyOf(MAGIC, HEADER_BYTES);
    byte[] digest = check(name, bytes.asByteBuffer());
    System.arraycopy(digest, 0, header, MAGIC.length, DIGEST_BYTES);
    return header;
  }

  private static boolean isSound(String name, byte[] file) {
    if (file.length < HEADER_BYTES
        || !Arrays.equals(MAGIC, 0, MAGIC.length, file, 0, MAGIC.length)) {
      return false;
    }
    byte[] digest = check(name, ByteBuffer.wrap(file, HEADER_BYTES, file.length - HEADER_BYTES));
    return Arrays.equals(digest, 0, DIGEST_BYTES, file, MAGIC.length, HEADER_BYTES);
  }

  /** Of name and bytes, so that a file under another's name is found out. */
  private static byte[] check(String name, ByteBuffer bytes) {
    MessageDigest digest = Sha256.begin();
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(text.length).flip());
    digest.update(text);
    digest.update(bytes);
    return digest.digest();
  }
}
