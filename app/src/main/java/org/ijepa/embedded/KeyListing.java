package org.ijepa.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.ijepa.store.KeyOrder;

/**
 * Lists the keys of a bucket that is kept as a folder, as S3 does: in the order of their UTF-8
 * bytes, unmoved by objects that are written or deleted meanwhile.
 */
final class KeyListing {
  static final String CHECKSUM_ATTRIBUTE = "user.content-md5";

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
   * The first keys, in order, that begin with a prefix and come after another key.
   *
   * @param after only keys greater than this; empty for all
   * @param grouped whether keys with a slash behind the prefix are replaced by what they have in
   *     common up to that slash (S3's common prefixes for the delimiter {@code /})
   * @param most of them
   */
  List<String> keys(String prefix, String after, boolean grouped, int most) throws IOException {
    List<String> found = new ArrayList<>();
    int folderEnd = prefix.lastIndexOf('/') + 1;
    String folder = prefix.substring(0, folderEnd);
    collect(folder, new Search(prefix, after, grouped, most), found);
    return found;
  }

  private record Search(String prefix, String after, boolean grouped, int most) {
    /** Whether some key may come that begins so. */
    boolean reaches(String start) {
      return (start.startsWith(prefix) || prefix.startsWith(start))
          && (isAfter(start) || after.startsWith(start));
    }

    boolean isAfter(String key) {
      return after.isEmpty() || KeyOrder.UTF8.compare(key, after) > 0;
    }
  }

  private void collect(String folder, Search search, List<String> found) throws IOException {
    for (String key : inside(folder)) {
      if (found.size() >= search.most()) {
        return;
      }
      if (key.endsWith("/")) {
        if (search.grouped() && key.startsWith(search.prefix())) {
          if (search.isAfter(key) && holdsKeys(key)) {
            found.add(key);
          }
        } else if (search.reaches(key)) {
          collect(key, search, found);
        }
      } else if (key.startsWith(search.prefix())
          && search.isAfter(key)
          && isKey(bucket.resolve(key), key, search.prefix())) {
        found.add(key);
      }
    }
  }

  /** Files of a folder, and folders with a slash behind, in the order of the keys that they are. */
  private List<String> inside(String folder) throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(bucket.resolve(folder))) {
      for (Path entry : entries) {
        String key = bucket.relativize(entry).toString();
        found.add(Files.isDirectory(entry) ? key + "/" : key);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // A prefix without keys, or a folder that was deleted with its last object meanwhile.
      return List.of();
    }
    found.sort(KeyOrder.UTF8);
    return found;
  }

  private boolean holdsKeys(String folder) throws IOException {
    return !keys(folder, "", false, 1).isEmpty();
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
