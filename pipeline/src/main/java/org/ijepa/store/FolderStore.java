package org.ijepa.store;

import akka.Done;
import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.stream.javadsl.FileIO;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A folder as a store. A write goes to a temporary file beside its target, is forced to the disk,
 * and takes the target's name in one step, so that neither a crash nor a reader meets half of it.
 */
final class FolderStore implements Store {
  private static final int BYTES_OF_A_REQUEST = 32 << 10;

  /** Tries to make a folder that others delete meanwhile. */
  private static final int MOST_ATTEMPTS = 1000;

  /** A file operation that may fail. */
  @FunctionalInterface
  private interface Work<T> {
    T run() throws IOException;
  }

  private final Path root;
  private final Retry retry;
  private final ActorSystem<?> system;
  private final Executor blocking;

  /** A folder that was there and is gone is a lost mount, not a wrong name. */
  private volatile boolean seen;

  FolderStore(Path root, Retry retry, ActorSystem<?> system) {
    this.root = root.toAbsolutePath().normalize();
    this.retry = retry;
    this.system = system;
    this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
  }

  @Override
  public String describe(String key) {
    return key.isEmpty() ? root.toString() : root + "/" + key;
  }

  @Override
  public Source<Entry, NotUsed> list(String prefix) {
    return Source.completionStage(once("", () -> walk(prefix)))
        .flatMapConcat(walk -> walk.entries(part -> once("", () -> walk.look(part))))
        .mapError(CompletionException.class, Throwable::getCause);
  }

  private FolderWalk walk(String prefix) throws IOException {
    if (!Files.isDirectory(root)) {
      throw new NoSuchFileException(root.toString());
    }
    seen = true;
    // Only the folder that the prefix names needs a walk; the rest of the prefix is part of a name.
    int slash = prefix.lastIndexOf('/');
    return FolderWalk.of(root, prefix, slash < 0 ? root : path(prefix.substring(0, slash)));
  }

  /** Once it is read, so that what is written meanwhile shows. */
  private void check(String key, Version version) throws IOException {
    if (!version.equals(Version.ANY)) {
      FileTime written = Files.getLastModifiedTime(path(key));
      if (!version.allows(FolderWalk.version(written))) {
        throw new StoreException(
            StoreException.Kind.CHANGED, "%s: was written at %s".formatted(describe(key), written));
      }
    }
  }

  @Override
  public CompletionStage<ByteString> read(String key, Version version, long most) {
    return retried(
        key,
        () -> {
          try (FileChannel file = FileChannel.open(path(key), StandardOpenOption.READ)) {
            long size = file.size();
            if (size > Math.min(most, Integer.MAX_VALUE - 8)) {
              throw Stores.resized(
                  "%s: has %d bytes, at most %d were expected"
                      .formatted(describe(key), size, most));
            }
            ByteBuffer into = ByteBuffer.allocate((int) size);
            while (into.hasRemaining() && file.read(into) >= 0) {}
            check(key, version);
            // Cut off meanwhile: what is there.
            return ByteString.fromArrayUnsafe(into.array(), 0, into.position());
          }
        });
  }

  @Override
  public Hedges hedges() {
    return Hedges.NONE.retried(retry.retries());
  }

  @Override
  public CompletionStage<ByteString> read(String key, Version version, long offset, int length) {
    return retried(
        key,
        () -> {
          byte[] bytes = new byte[length];
          ByteBuffer into = ByteBuffer.wrap(bytes);
          try (FileChannel file = FileChannel.open(path(key), StandardOpenOption.READ)) {
            while (into.hasRemaining()) {
              if (file.read(into, offset + into.position()) < 0) {
                throw Stores.resized(
                    "%s: has %d bytes, asked for %d from %d"
                        .formatted(describe(key), file.size(), length, offset));
              }
            }
            check(key, version);
          }
          return ByteString.fromArrayUnsafe(bytes);
        });
  }

  @Override
  public int bytesOfARequest() {
    return BYTES_OF_A_REQUEST;
  }

  @Override
  public Source<ByteString, NotUsed> stream(String key) {
    return Stores.stream(this, key);
  }

  @Override
  public CompletionStage<Done> write(String key, ByteString bytes) {
    return retried(
        key,
        () -> {
          Path temporary = temporary(key);
          try {
            put(temporary, bytes);
            return moveIntoPlace(temporary, path(key));
          } finally {
            Files.deleteIfExists(temporary);
          }
        });
  }

  @Override
  public CompletionStage<Done> writeFile(String key, Path file) {
    return retried(
        key,
        () -> {
          Path temporary = temporary(key);
          try {
            try (OutputStream out = Files.newOutputStream(temporary, StandardOpenOption.WRITE)) {
              Files.copy(file, out);
            }
            return moveIntoPlace(temporary, path(key));
          } finally {
            Files.deleteIfExists(temporary);
          }
        });
  }

  @Override
  public CompletionStage<Done> writeStream(String key, Source<ByteString, ?> bytes) {
    return once(key, () -> temporary(key))
        .thenCompose(
            temporary ->
                bytes
                    .runWith(FileIO.toPath(temporary), system)
                    .handle(
                        (written, failure) ->
                            once(key, () -> finish(temporary, path(key), failure)))
                    .thenCompose(stage -> stage));
  }

  private Done finish(Path temporary, Path target, Throwable failure) throws IOException {
    try {
      if (failure != null) {
        if (rootCause(failure) instanceof IOException onWriting) {
          throw onWriting;
        }
        throw new CompletionException(failure);
      }
      return moveIntoPlace(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static Throwable rootCause(Throwable failure) {
    Throwable at = failure;
    while (at.getCause() != null) {
      at = at.getCause();
    }
    return at;
  }

  /**
   * A hard link to a finished file exists with all its bytes or not at all, and never replaces
   * anything.
   */
  @Override
  public CompletionStage<Done> createNew(String key, ByteString bytes) {
    // What an earlier attempt created before something failed is there.
    AtomicBoolean again = new AtomicBoolean();
    return retried(
        key,
        () -> {
          boolean mayBeOurs = again.getAndSet(true);
          Path temporary = temporary(key);
          Path target = path(key);
          try {
            put(temporary, bytes);
            force(temporary);
            create(target, temporary, bytes);
          } catch (FileAlreadyExistsException e) {
            if (!mayBeOurs || !Arrays.equals(Files.readAllBytes(target), bytes.toArray())) {
              throw e;
            }
            force(target);
          } finally {
            Files.deleteIfExists(temporary);
          }
          forceFolder(target);
          return Done.getInstance();
        });
  }

  private static void create(Path target, Path temporary, ByteString bytes) throws IOException {
    try {
      Files.createLink(target, temporary);
    } catch (UnsupportedOperationException noLinks) {
      FileChannel file =
          FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      try (file) {
        putAll(file, bytes);
        file.force(true);
      } catch (IOException e) {
        // A part of it would be there for good.
        Files.deleteIfExists(target);
        throw e;
      }
    }
  }

  @Override
  public CompletionStage<Boolean> supportsCreateNew() {
    return CompletableFuture.completedStage(true);
  }

  @Override
  public CompletionStage<Done> delete(String key) {
    return retried(
        key,
        () -> {
          Path file = path(key);
          Files.deleteIfExists(file);
          deleteEmpty(file.getParent());
          return Done.getInstance();
        });
  }

  /** Deletes folders up to the root, as long as they are empty. A link to a folder stays. */
  private void deleteEmpty(Path from) {
    Path folder = from;
    try {
      while (!folder.equals(root) && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        Files.delete(folder);
        folder = folder.getParent();
      }
    } catch (IOException e) {
      // In use, gone already or not permitted: the object is deleted, an empty folder does no harm.
      return;
    }
  }

  @Override
  public CompletionStage<OptionalLong> size(String key) {
    return retried(
        key,
        () -> {
          Path file = path(key);
          return Files.isRegularFile(file)
              ? OptionalLong.of(Files.size(file))
              : OptionalLong.empty();
        });
  }

  @Override
  public <T> CompletionStage<T> retrying(Supplier<CompletionStage<T>> work) {
    return retry.run(work);
  }

  private <T> CompletionStage<T> retried(String key, Work<T> work) {
    return retry.run(() -> once(key, work));
  }

  private <T> CompletionStage<T> once(String key, Work<T> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return work.run();
          } catch (IOException e) {
            throw translate(key.isEmpty() ? fileOf(e) : describe(key), e);
          }
        },
        blocking);
  }

  private Path path(String key) {
    Path path = root.resolve(key).normalize();
    if (key.isEmpty() || !path.startsWith(root) || path.equals(root)) {
      throw Stores.invalid("%s: the key '%s' leaves the folder".formatted(root, key));
    }
    return path;
  }

  /** An empty file beside the key's; from now on its folder is not empty and stays. */
  private Path temporary(String key) throws IOException {
    Path target = path(key);
    Path temporary =
        target.resolveSibling(".%s.%s.tmp".formatted(target.getFileName(), UUID.randomUUID()));
    for (int attempt = 1; ; attempt++) {
      try {
        Files.createDirectories(target.getParent());
        Files.createFile(temporary);
        seen = true;
        return temporary;
      } catch (NoSuchFileException | FileAlreadyExistsException e) {
        // Another one deleted the last object in the folder, and the folder, in between.
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void put(Path file, ByteString bytes) throws IOException {
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      putAll(out, bytes);
    }
  }

  private static void putAll(FileChannel out, ByteString bytes) throws IOException {
    for (ByteBuffer part : bytes.getByteBuffers()) {
      while (part.hasRemaining()) {
        out.write(part);
      }
    }
  }

  private static Done moveIntoPlace(Path temporary, Path target) throws IOException {
    force(temporary);
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    // The name is durable only once its folder is.
    forceFolder(target);
    return Done.getInstance();
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Forces a file's folder, unless the file and with it the folder were deleted since. */
  private static void forceFolder(Path file) throws IOException {
    try {
      force(file.getParent());
    } catch (NoSuchFileException e) {
      return;
    }
  }

  private String fileOf(IOException e) {
    return e instanceof FileSystemException named && named.getFile() != null
        ? named.getFile()
        : root.toString();
  }

  private StoreException translate(String name, IOException e) {
    if (Files.isRegularFile(root)) {
      return new StoreException(
          StoreException.Kind.NO_BUCKET, root + ": a file, not a folder; correct the URI", e);
    }
    if (e instanceof FileAlreadyExistsException) {
      return new StoreException(StoreException.Kind.EXISTS, name + ": is there already", e);
    }
    if (e instanceof NoSuchFileException || e instanceof NotDirectoryException) {
      return missing(name, e);
    }
    if (e instanceof AccessDeniedException) {
      return new StoreException(
          StoreException.Kind.REFUSED, name + ": not permitted; check owner and mode", e);
    }
    if (e instanceof FileSystemLoopException) {
      return new StoreException(
          StoreException.Kind.INVALID,
          e.getMessage() + ": a link leads back into its own folder",
          e);
    }
    String reason =
        e instanceof FileSystemException detailed && detailed.getReason() != null
            ? detailed.getReason()
            : String.valueOf(e.getMessage());
    String lower = reason.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left") || lower.contains("quota exceeded")) {
      return new StoreException(
          StoreException.Kind.NO_SPACE,
          name + ": no space left; free some or choose another place",
          e);
    }
    if (lower.contains("is a directory") || lower.contains("file name too long")) {
      return new StoreException(StoreException.Kind.INVALID, name + ": " + reason, e);
    }
    if (lower.contains("read-only file system")) {
      return new StoreException(
          StoreException.Kind.REFUSED, name + ": the file system is mounted read-only", e);
    }
    return new StoreException(
        StoreException.Kind.TRANSIENT,
        "%s: %s; is the disk or mount all right?".formatted(name, reason),
        e);
  }

  private StoreException missing(String name, IOException e) {
    if (Files.isDirectory(root)) {
      return new StoreException(StoreException.Kind.NOT_FOUND, name + ": not there", e);
    }
    return seen
        ? new StoreException(
            StoreException.Kind.TRANSIENT,
            "%s: the folder %s was there and is gone; is it mounted?".formatted(name, root),
            e)
        : new StoreException(
            StoreException.Kind.NO_BUCKET,
            root + ": no such folder; create it or correct the URI",
            e);
  }
}
