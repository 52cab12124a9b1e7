package org.ijepa.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Arrays;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Lists the keys of a bucket that is kept as a folder, as S3 does: in the order of their UTF-8
 * bytes, unmoved by objects that are written or deleted meanwhile.
 */
final class KeyListing {
  static final String CHECKSUM_ATTRIBUTE = "user.content-md5";

  /** The order of S3's listings. */
  static final Comparator<String> UTF8_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  /** The store writes an object under such a name and moves it to its key when it is complete. */
  private static final Pattern UNFINISHED =
      Pattern.compile(".*-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** The store keeps the parts of unfinished multipart uploads under such names. */
  private static final String MULTIPART = ".mpus-";

  private static final int UNFINISHED_SUFFIX = 37;

  private final Path bucket;
  private final Predicate<String> beingWritten;

  /**
   * @param beingWritten whether an object of this key is being written now
   */
  KeyListing(Path bucket, Predicate<String> beingWritten) {
    this.bucket = bucket;
    this.beingWritten = beingWritten;
  }

  /**
   * All keys that begin with a prefix and come after another key.
   *
   * @param after only keys greater than this; empty for all
   * @param grouped whether keys with a slash behind the prefix are replaced by what they have in
   *     common up to that slash (S3's common prefixes for the delimiter {@code /})
   */
  NavigableSet<String> keys(String prefix, String after, boolean grouped) throws IOException {
    NavigableSet<String> found = new TreeSet<>(UTF8_ORDER);
    int folderEnd = prefix.lastIndexOf('/') + 1;
    collect(bucket.resolve(prefix.substring(0, folderEnd)), prefix, grouped, found);
    return after.isEmpty() ? found : found.tailSet(after, false);
  }

  private void collect(Path folder, String prefix, boolean grouped, NavigableSet<String> found)
      throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String key = bucket.relativize(entry).toString();
        if (Files.isDirectory(entry)) {
          String inside = key + "/";
          if (grouped && inside.startsWith(prefix)) {
            if (holdsKeys(entry, inside)) {
              found.add(inside);
            }
          } else if (inside.startsWith(prefix) || prefix.startsWith(inside)) {
            collect(entry, prefix, grouped, found);
          }
        } else if (key.startsWith(prefix) && isKey(entry, key, prefix)) {
          found.add(key);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // A prefix without keys, or a folder that was deleted with its last object meanwhile.
      return;
    }
  }

  private boolean holdsKeys(Path folder, String prefix) throws IOException {
    NavigableSet<String> inside = new TreeSet<>(UTF8_ORDER);
    collect(folder, prefix, false, inside);
    return !inside.isEmpty();
  }

  private boolean isKey(Path file, String key, String prefix) throws IOException {
    if (key.startsWith(MULTIPART) && !prefix.startsWith(MULTIPART)) {
      return false;
    }
    if (!UNFINISHED.matcher(key).matches()) {
      return true;
    }
    // A key of somebody's own may look like that too. In this order: an upload that ends between
    // the two questions has moved the file away, and one that died has left no checksum.
    return !beingWritten.test(key.substring(0, key.length() - UNFINISHED_SUFFIX))
        && checksum(file).length > 0;
  }

  /** The checksum that the store keeps with an object; empty for files put there by hand. */
  static byte[] checksum(Path file) throws IOException {
    var attributes = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    try {
      String name = CHECKSUM_ATTRIBUTE;
      if (!attributes.list().contains(name)) {
        return new byte[0];
      }
      ByteBuffer value = ByteBuffer.allocate(attributes.size(name));
      attributes.read(name, value);
      return value.array();
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }
}
