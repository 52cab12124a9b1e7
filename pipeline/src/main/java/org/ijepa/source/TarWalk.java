package org.ijepa.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarUtils;
import org.apache.commons.compress.archivers.zip.ZipEncoding;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;

/**
 * The walk from header to header of a tar file (ustar, GNU long names, pax): says which bytes it
 * wants to see next, and never wants what lies between. What is read of a file that is cut off or
 * damaged stands until there; why it ends is a {@link #problem}. Zeros are an end only with nothing
 * behind them: a file that was cut off, written in part or put together goes on after a hole of
 * zeros. For one thread.
 */
final class TarWalk {
  /** Headers begin at multiples of this. */
  static final int BLOCK = TarConstants.DEFAULT_RCDSIZE;

  /** Two blocks of zeros. */
  private static final int END_MARK = 2 * BLOCK;

  /**
   * Zeros that follow the end mark and are worth a look; writers pad to 10,240 bytes, seldom more.
   */
  private static final int MOST_PADDING = 1 << 20;

  private static final int TYPE_AT = 156;

  /** Long names and pax records are read whole, and no honest one is longer. */
  private static final long LONGEST_EXTRA = 1 << 20;

  private static final ZipEncoding UTF_8 = ZipEncodingHelper.getZipEncoding("UTF-8");

  private final long size;
  private final Texts texts;
  private final Map<String, String> global = new HashMap<>();
  private final Map<String, String> local = new HashMap<>();
  private long position;
  private int wanted = BLOCK;
  private boolean done;
  private String last = "";
  private String problem;

  /**
   * Members that are wanted whole.
   *
   * @param ending of their names, without its dot
   * @param longest bytes that one may have
   */
  record Texts(String ending, int longest) {
    /** The label of a sample, by itself. */
    static final Texts LABELS = new Texts("cls", 256);

    /** What is known of a sample. */
    static final Texts JSON = new Texts("json", 1 << 20);

    private boolean has(String name, long bytes) {
      return name.endsWith("." + ending) && bytes <= longest;
    }
  }

  /**
   * A regular file in the archive.
   *
   * @param name with {@code /} between folders
   * @param offset of its first byte in the archive, a multiple of {@link #BLOCK}
   * @param bytes its size
   * @param text all of it where it is wanted, else empty
   */
  record Member(String name, long offset, long bytes, Optional<String> text) {}

  /** The walk through an archive of {@code size} bytes that wants its labels. */
  TarWalk(long size) {
    this(size, Texts.LABELS);
  }

  /** The walk through an archive of {@code size} bytes that wants these texts. */
  TarWalk(long size, Texts texts) {
    this.size = size;
    this.texts = texts;
    ended();
  }

  /** Where the next window must begin. */
  long position() {
    return position;
  }

  /** How many bytes it must have at least; there are so many. */
  int wanted() {
    return wanted;
  }

  /** Whether the end was reached, or a point past which nothing can be known. */
  boolean isDone() {
    return done;
  }

  /** What kept the walk from the archive's proper end. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** The members whose headers stand in a window of the archive that begins at the position. */
  List<Member> accept(byte[] window) {
    List<Member> members = new ArrayList<>();
    long begin = position;
    while (!done && position + wanted <= begin + window.length) {
      next(window, (int) (position - begin)).ifPresent(members::add);
      ended();
    }
    return members;
  }

  private Optional<Member> next(byte[] window, int at) {
    byte[] block = Arrays.copyOfRange(window, at, at + BLOCK);
    if (isZero(block)) {
      return end(window, at);
    }
    TarArchiveEntry entry;
    long bytes;
    try {
      if (!TarUtils.verifyCheckSum(block)) {
        return stop("the header's checksum is wrong");
      }
      entry = new TarArchiveEntry(block, UTF_8);
      bytes = bytes(entry, block[TYPE_AT]);
    } catch (IOException | IllegalArgumentException e) {
      return stop("the header makes no sense");
    }
    boolean extra = isExtra(block[TYPE_AT]);
    String name = extra ? "a long name" : name(entry);
    if (bytes < 0 || (extra && bytes > LONGEST_EXTRA)) {
      return stop("the header gives a size of " + bytes);
    }
    if (bytes > size - position - BLOCK) {
      return stop("it is cut off within " + name);
    }
    boolean text = texts.has(name, bytes);
    int needed = BLOCK + (extra || text ? (int) bytes : 0);
    if (at + needed > window.length) {
      wanted = needed;
      return Optional.empty();
    }
    byte[] body = Arrays.copyOfRange(window, at + BLOCK, at + needed);
    long offset = position + BLOCK;
    position = offset + (bytes + BLOCK - 1) / BLOCK * BLOCK;
    wanted = BLOCK;
    if (extra) {
      return take(block[TYPE_AT], body);
    }
    boolean sparse = isSparse(block[TYPE_AT]);
    local.clear();
    last = name;
    if (sparse) {
      return stop("it holds the sparse file " + name + ", which is not supported");
    }
    return isFile(block[TYPE_AT]) && !name.endsWith("/")
        ? Optional.of(
            new Member(
                name,
                offset,
                bytes,
                text
                    ? Optional.of(new String(body, StandardCharsets.UTF_8).strip())
                    : Optional.empty()))
        : Optional.empty();
  }

  /** Zeros where a header might be, with all that follows of them. */
  private Optional<Member> end(byte[] window, int at) {
    long left = size - position;
    if (left < END_MARK) {
      return stop("it has half an end marker");
    }
    if (left <= END_MARK + MOST_PADDING) {
      wanted = (int) left;
      if (at + wanted > window.length) {
        return Optional.empty();
      }
      if (isZero(Arrays.copyOfRange(window, at, at + wanted))) {
        done = true;
        return Optional.empty();
      }
    }
    return stop(
        "zeros mark its end, and %d bytes behind them are not read".formatted(left - BLOCK));
  }

  /** Remembers what is said about the next member, or about all that follow. */
  private Optional<Member> take(byte type, byte[] body) {
    switch (type) {
      case TarConstants.LF_GNUTYPE_LONGNAME -> {
        int end = body.length;
        while (end > 0 && body[end - 1] == 0) {
          end--;
        }
        local.put("path", new String(body, 0, end, StandardCharsets.UTF_8));
      }
      case TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER -> {
        return records(body, global);
      }
      case TarConstants.LF_PAX_EXTENDED_HEADER_LC, TarConstants.LF_PAX_EXTENDED_HEADER_UC -> {
        return records(body, local);
      }
      default -> {
        // The long name of a link's target.
      }
    }
    return Optional.empty();
  }

  /** Pax records: {@code LENGTH KEY=VALUE\n}, where the length counts all of it. */
  private Optional<Member> records(byte[] body, Map<String, String> into) {
    int at = 0;
    while (at < body.length && body[at] != 0) {
      int length = 0;
      int digits = at;
      while (digits < body.length && body[digits] >= '0' && body[digits] <= '9') {
        length = Math.min(body.length + 1, 10 * length + body[digits++] - '0');
      }
      int end = at + length;
      if (digits == at || end > body.length || end <= digits + 1 || body[end - 1] != '\n') {
        return stop("a pax record makes no sense");
      }
      String record = new String(body, digits + 1, end - digits - 2, StandardCharsets.UTF_8);
      int equals = record.indexOf('=');
      if (equals < 0) {
        return stop("a pax record makes no sense");
      }
      into.put(record.substring(0, equals), record.substring(equals + 1));
      at = end;
    }
    return Optional.empty();
  }

  private String said(String key) {
    return local.getOrDefault(key, global.get(key));
  }

  private String name(TarArchiveEntry entry) {
    String path = said("path");
    String name = path == null ? entry.getName() : path;
    return name.startsWith("./") ? name.substring(2) : name;
  }

  private long bytes(TarArchiveEntry entry, byte type) {
    if (isExtra(type)) {
      return entry.getSize();
    }
    if (type >= TarConstants.LF_LINK && type <= TarConstants.LF_FIFO) {
      return 0;
    }
    String said = said("size");
    // A number that is none is an IllegalArgumentException.
    return said == null ? entry.getSize() : Long.parseLong(said);
  }

  private static boolean isFile(byte type) {
    return type == TarConstants.LF_OLDNORM
        || type == TarConstants.LF_NORMAL
        || type == TarConstants.LF_CONTIG;
  }

  private static boolean isExtra(byte type) {
    return type == TarConstants.LF_GNUTYPE_LONGNAME
        || type == TarConstants.LF_GNUTYPE_LONGLINK
        || type == TarConstants.LF_PAX_EXTENDED_HEADER_LC
        || type == TarConstants.LF_PAX_EXTENDED_HEADER_UC
        || type == TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER;
  }

  private boolean isSparse(byte type) {
    return type == TarConstants.LF_GNUTYPE_SPARSE
        || local.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."));
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** Ends the walk where the bytes do. */
  private void ended() {
    if (!done && position + wanted > size) {
      stop(position == size ? "it has no end marker" : "it is cut off");
    }
  }

  private Optional<Member> stop(String why) {
    done = true;
    problem =
        "at byte %d of %d %s%s"
            .formatted(
                Math.min(position, size), size, why, last.isEmpty() ? "" : ", after " + last);
    return Optional.empty();
  }
}
