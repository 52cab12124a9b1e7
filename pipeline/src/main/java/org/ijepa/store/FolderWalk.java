package org.ijepa.store;

import akka.NotUsed;
import akka.japi.Pair;
import akka.stream.javadsl.Source;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Lists the files below a folder, in which others may create and delete meanwhile. Names come many
 * at a time, but each file is asked for its size and time by itself, which is a round trip where
 * the disk is another machine's. So folders, and parts of large ones, are looked at side by side,
 * one level after another. Links are followed.
 */
final class FolderWalk {
  /** Parts that are looked at at once: as many as the threads that wait for disks. */
  static final int AT_ONCE = 16;

  /** Files of a folder that are looked at one after another. */
  static final int PART = 256;

  private static final Pattern TEMPORARY = Pattern.compile("\\..*\\.[0-9a-f-]{36}\\.tmp");

  private final Path root;
  private final String prefix;
  private final Optional<Part> start;

  /**
   * A folder on the way to a file.
   *
   * @param id tells it from others whatever its name, where the file system has such a thing
   */
  private record Folder(Path path, Optional<Object> id, Optional<Folder> parent) {
    static Folder of(Path path, BasicFileAttributes attributes, Optional<Folder> parent) {
      return new Folder(path, Optional.ofNullable(attributes.fileKey()), parent);
    }

    boolean isSame(Folder other) throws IOException {
      if (id.isPresent() && other.id.isPresent()) {
        return id.equals(other.id);
      }
      return Files.isSameFile(path, other.path);
    }
  }

  /** Some of what stands in a folder; nothing yet where it was not read. */
  record Part(Folder folder, Optional<List<Path>> files) {
    private static Part unread(Folder folder) {
      return new Part(folder, Optional.empty());
    }
  }

  /** What a part has. */
  record Found(List<Entry> entries, List<Part> ahead) {}

  private FolderWalk(Path root, String prefix, Optional<Part> start) {
    this.root = root;
    this.prefix = prefix;
    this.start = start;
  }

  /**
   * Of all files whose key begins with a prefix.
   *
   * @param from the folder at or below {@code root} that has all of them; if it is not there, there
   *     are none
   */
  static FolderWalk of(Path root, String prefix, Path from) throws IOException {
    if (!Files.isDirectory(from)) {
      return new FolderWalk(root, prefix, Optional.empty());
    }
    BasicFileAttributes attributes = Files.readAttributes(from, BasicFileAttributes.class);
    Folder folder = Folder.of(from, attributes, Optional.empty());
    return new FolderWalk(root, prefix, Optional.of(Part.unread(folder)));
  }

  /**
   * All files, in no promised order.
   *
   * @param look runs {@link #look} where it may wait
   */
  Source<Entry, NotUsed> entries(Function<Part, CompletionStage<Found>> look) {
    return Source.lazySource(() -> new Levels(look).entries())
        .mapMaterializedValue(ignored -> NotUsed.getInstance());
  }

  /** One walk, level by level. */
  private final class Levels {
    private final Function<Part, CompletionStage<Found>> look;
    private List<Part> ahead = start.stream().toList();

    Levels(Function<Part, CompletionStage<Found>> look) {
      this.look = look;
    }

    Source<Entry, NotUsed> entries() {
      return Source.unfold(
              NotUsed.getInstance(), unused -> next().map(level -> Pair.create(unused, level)))
          .flatMapConcat(level -> level);
    }

    private synchronized Optional<Source<Entry, NotUsed>> next() {
      if (ahead.isEmpty()) {
        return Optional.empty();
      }
      List<Part> level = ahead;
      ahead = new ArrayList<>();
      return Optional.of(
          Source.from(level).mapAsyncUnordered(AT_ONCE, look::apply).mapConcat(this::noted));
    }

    private synchronized List<Entry> noted(Found found) {
      ahead.addAll(found.ahead());
      return found.entries();
    }
  }

  /** Looks at the files of a part; of a folder that was not read yet, at the first ones. */
  Found look(Part part) throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<Part> ahead = new ArrayList<>();
    List<Path> files = part.files().isPresent() ? part.files().get() : names(part.folder());
    int first = Math.min(PART, files.size());
    for (Path file : files.subList(0, first)) {
      Optional<BasicFileAttributes> attributes = attributes(file);
      if (attributes.isEmpty()) {
        continue;
      }
      if (attributes.get().isDirectory()) {
        ahead.add(Part.unread(below(part.folder(), file, attributes.get())));
      } else {
        entry(file, attributes.get()).ifPresent(entries::add);
      }
    }
    for (int at = first; at < files.size(); at += PART) {
      List<Path> some = files.subList(at, Math.min(files.size(), at + PART));
      ahead.add(new Part(part.folder(), Optional.of(some)));
    }
    return new Found(entries, ahead);
  }

  /** What stands in a folder; nothing where it was deleted since it was found. */
  private List<Path> names(Folder folder) throws IOException {
    List<Path> names = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder.path())) {
      stream.forEach(names::add);
    } catch (NoSuchFileException e) {
      if (folder.path().equals(root)) {
        throw e;
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /** Of what a link leads to, or of the link where that is nowhere; none of what was deleted. */
  private static Optional<BasicFileAttributes> attributes(Path file) throws IOException {
    try {
      return Optional.of(Files.readAttributes(file, BasicFileAttributes.class));
    } catch (IOException e) {
      return ofLink(file);
    }
  }

  private static Optional<BasicFileAttributes> ofLink(Path file) throws IOException {
    try {
      return Optional.of(
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static Folder below(Folder parent, Path path, BasicFileAttributes attributes)
      throws IOException {
    Folder folder = Folder.of(path, attributes, Optional.of(parent));
    for (Optional<Folder> at = folder.parent(); at.isPresent(); at = at.get().parent()) {
      if (folder.isSame(at.get())) {
        throw new FileSystemLoopException(path.toString());
      }
    }
    return folder;
  }

  private Optional<Entry> entry(Path file, BasicFileAttributes attributes) {
    String name = root.relativize(file).toString();
    if (!root.resolve(name).equals(file)) {
      throw new StoreException(
          StoreException.Kind.INVALID,
          "%s: the name '%s' is not text in this process's character set; rename the file, or start with LC_ALL=C.UTF-8 if it is UTF-8"
              .formatted(root, name));
    }
    String key = name.replace('\\', '/');
    boolean meant =
        attributes.isRegularFile()
            && key.startsWith(prefix)
            && !TEMPORARY.matcher(file.getFileName().toString()).matches();
    return meant
        ? Optional.of(new Entry(key, attributes.size(), version(attributes.lastModifiedTime())))
        : Optional.empty();
  }

  /** What an {@link Entry} says of a file that was written then. */
  static String version(FileTime written) {
    return written.toInstant().toString();
  }
}
