package org.ijepa.store;

import akka.NotUsed;
import akka.actor.ClassicActorSystemProvider;
import akka.dispatch.Dispatchers;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.ijepa.store.StoreException.Kind;

/** A folder of this machine. Writes go to a temporary file, are forced to disk, then renamed. */
final class FolderStore implements Store {
  private static final String TEMPORARY = ".ijepa-tmp-";

  private final String uri;
  private final Path folder;
  private final Executor blocking;

  FolderStore(String uri, Path folder, ClassicActorSystemProvider system) {
    this.uri = uri;
    this.folder = folder;
    blocking =
        system.classicSystem().dispatchers().lookup(Dispatchers.DefaultBlockingDispatcherId());
  }

  @Override
  public String uri() {
    return uri;
  }

  @Override
  public Source<StoredObject, NotUsed> list(String prefix) {
    return Source.completionStage(run(folder.toString(), () -> walk(prefix)))
        .mapConcat(objects -> objects)
        .mapMaterializedValue(ignored -> NotUsed.getInstance());
  }

  private List<StoredObject> walk(String prefix) throws IOException {
    List<StoredObject> objects = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        String name = path.getFileName() == null ? "" : path.getFileName().toString();
        if (Files.isRegularFile(path) && !name.startsWith(TEMPORARY)) {
          String key = folder.relativize(path).toString().replace('\\', '/');
          if (key.startsWith(prefix)) {
            objects.add(new StoredObject(key, Files.size(path)));
          }
        }
      }
    }
    return objects;
  }

  @Override
  public CompletionStage<ByteString> read(String key) {
    return run(key, () -> ByteString.fromArrayUnsafe(Files.readAllBytes(path(key))));
  }

  @Override
  public CompletionStage<Long> download(String key, Path file) {
    return run(
        key,
        () -> {
          Files.copy(path(key), file, StandardCopyOption.REPLACE_EXISTING);
          return Files.size(file);
        });
  }

  @Override
  public CompletionStage<StoredObject> write(String key, ByteString bytes) {
    return run(
        key,
        () -> {
          Path temporary = temporary(key);
          try (FileChannel out = create(temporary)) {
            for (ByteBuffer part : bytes.getByteBuffers()) {
              writeFully(out, part);
            }
            out.force(true);
          }
          rename(temporary, path(key));
          return new StoredObject(key, bytes.size());
        });
  }

  @Override
  public CompletionStage<StoredObject> upload(String key, Path file) {
    return run(
        key,
        () -> {
          Path temporary = temporary(key);
          Files.copy(file, temporary, StandardCopyOption.REPLACE_EXISTING);
          try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            out.force(true);
          }
          rename(temporary, path(key));
          return new StoredObject(key, Files.size(path(key)));
        });
  }

  @Override
  public CompletionStage<String> delete(String key) {
    return run(
        key,
        () -> {
          Files.deleteIfExists(path(key));
          deleteEmptyParents(path(key).getParent());
          return key;
        });
  }

  /** A prefix is gone with its last object, as on S3. */
  private void deleteEmptyParents(Path directory) throws IOException {
    while (directory != null && !directory.equals(folder) && directory.startsWith(folder)) {
      try (Stream<Path> entries = Files.list(directory)) {
        if (entries.findAny().isPresent()) {
          return;
        }
      }
      Files.delete(directory);
      directory = directory.getParent();
    }
  }

  @Override
  public CompletionStage<Boolean> create(String key, ByteString bytes) {
    return run(
        key,
        () -> {
          Files.createDirectories(path(key).getParent());
          try (FileChannel out =
              FileChannel.open(
                  path(key), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeFully(out, bytes.asByteBuffer());
            out.force(true);
            return true;
          } catch (FileAlreadyExistsException e) {
            return false;
          }
        });
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private Path temporary(String key) throws IOException {
    Path target = path(key);
    Files.createDirectories(target.getParent());
    return target.resolveSibling(TEMPORARY + target.getFileName());
  }

  private static void rename(Path temporary, Path target) throws IOException {
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    // The rename itself must survive a crash of the machine.
    try (FileChannel parent = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
      parent.force(true);
    }
  }

  private Path path(String key) {
    Path path = folder.resolve(key).normalize();
    if (!path.startsWith(folder.normalize())) {
      throw new StoreException(Kind.OTHER, uri + ": " + key + " lies outside", null);
    }
    return path;
  }

  private interface Blocking<T> {
    T run() throws IOException;
  }

  private <T> CompletionStage<T> run(String what, Blocking<T> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return work.run();
          } catch (IOException e) {
            throw typed(what, e);
          }
        },
        blocking);
  }

  private StoreException typed(String what, IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    String text = String.valueOf(reason).toLowerCase(Locale.ROOT);
    if (e instanceof NoSuchFileException) {
      boolean root = what.equals(folder.toString());
      return new StoreException(
          root ? Kind.NO_BUCKET : Kind.NOT_FOUND,
          root ? "there is no folder " + folder : "there is no " + what + " in " + uri,
          e);
    }
    if (text.contains("no space left") || text.contains("quota")) {
      return new StoreException(Kind.NO_SPACE, "no space left for " + what + " in " + uri, e);
    }
    if (e instanceof AccessDeniedException) {
      return new StoreException(Kind.REFUSED, "no permission for " + what + " in " + uri, e);
    }
    return new StoreException(Kind.TRANSIENT, what + " in " + uri + ": " + e, e);
  }
}
