package org.ijepa.source;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What became of a source since an earlier index of it, in words. */
public final class IndexChange {
  private long gone;
  private String firstGone = "";
  private long added;
  private String firstAdded = "";
  private long changed;
  private String firstChanged = "";

  private IndexChange() {}

  /** Files in order of their keys. */
  private interface Files {
    long count();

    byte[] key(long i);

    long bytes(long i);
  }

  /**
   * Names what differs, such as {@code "1 image is gone: a.jpg; 2 images have another size, the
   * first is b.jpg"}.
   */
  public static String between(SampleIndex was, SampleIndex is) {
    boolean sharded = is.shards().isPresent();
    if (was.shards().isPresent() != sharded) {
      return sharded ? "it was images and is shards" : "it was shards and is images";
    }
    IndexChange change = new IndexChange();
    change.compare(files(was), files(is));
    String what = sharded ? "shard" : "image";
    List<String> parts = new ArrayList<>();
    part(parts, change.gone, what, "is gone", "are gone", change.firstGone);
    part(parts, change.added, what, "is new", "are new", change.firstAdded);
    part(parts, change.changed, what, "has another size", "have another size", change.firstChanged);
    return parts.isEmpty() ? "the members of its shards are others" : String.join("; ", parts);
  }

  private static Files files(SampleIndex index) {
    return index.shards().map(IndexChange::shards).orElseGet(() -> images(index));
  }

  private static Files images(SampleIndex index) {
    return new Files() {
      @Override
      public long count() {
        return index.size();
      }

      @Override
      public byte[] key(long i) {
        return index.utf8(i);
      }

      @Override
      public long bytes(long i) {
        return index.bytes(i);
      }
    };
  }

  private static Files shards(ShardTable table) {
    return new Files() {
      @Override
      public long count() {
        return table.count();
      }

      @Override
      public byte[] key(long i) {
        return table.key((int) i).getBytes(StandardCharsets.UTF_8);
      }

      @Override
      public long bytes(long i) {
        return table.bytes((int) i);
      }
    };
  }

  private void compare(Files was, Files is) {
    long i = 0;
    long j = 0;
    while (i < was.count() || j < is.count()) {
      int order =
          i == was.count()
              ? 1
              : j == is.count() ? -1 : Arrays.compareUnsigned(was.key(i), is.key(j));
      if (order < 0) {
        firstGone = gone++ == 0 ? text(was.key(i)) : firstGone;
      } else if (order > 0) {
        firstAdded = added++ == 0 ? text(is.key(j)) : firstAdded;
      } else if (was.bytes(i) != is.bytes(j)) {
        firstChanged = changed++ == 0 ? text(is.key(j)) : firstChanged;
      }
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }

  private static void part(
      List<String> parts, long count, String what, String one, String many, String first) {
    if (count == 1) {
      parts.add("1 " + what + " " + one + ": " + first);
    } else if (count > 1) {
      parts.add(count + " " + what + "s " + many + ", the first is " + first);
    }
  }
}
