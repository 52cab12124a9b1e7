package org.ijepa.feature;

import akka.util.ByteString;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;

/**
 * A table of labels, CSV with a header: the path of an image below its source, then a column for
 * each label.
 */
public final class LabelTable {
  /** Its name where it stands beside the images. */
  public static final String FILE = "labels.csv";

  private final String name;
  private final List<String> header;
  private final List<String[]> rows;

  private LabelTable(String name, List<String> header, List<String[]> rows) {
    this.name = name;
    this.header = header;
    this.rows = rows;
  }

  /**
   * The table beside the images of a store, if there is one.
   *
   * @throws Failure if it is no table
   */
  public static Optional<LabelTable> beside(Store store) {
    try {
      return Optional.of(read(store, FILE));
    } catch (CompletionException e) {
      boolean absent =
          StoreException.of(e)
              .filter(known -> known.kind() == StoreException.Kind.NOT_FOUND)
              .isPresent();
      if (absent) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * The table in a file.
   *
   * @throws Failure if it is no table
   * @throws CompletionException of a {@link StoreException} if it cannot be read
   */
  public static LabelTable read(Store store, String key) {
    ByteString bytes = store.read(key).toCompletableFuture().join();
    return parse(store.describe(key), bytes.decodeString(StandardCharsets.UTF_8));
  }

  private static LabelTable parse(String name, String text) {
    List<String[]> rows = new ArrayList<>();
    // A byte order mark is what some spreadsheets begin with.
    String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
    try (MappingIterator<String[]> lines =
        new CsvMapper()
            .enable(CsvParser.Feature.WRAP_AS_ARRAY)
            .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
            .enable(CsvParser.Feature.TRIM_SPACES)
            .readerFor(String[].class)
            .readValues(plain)) {
      lines.forEachRemaining(rows::add);
    } catch (IOException | RuntimeException e) {
      String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw bad(name + " is no table of labels: " + why);
    }
    if (rows.isEmpty() || rows.get(0).length < 2) {
      throw bad(name + " has no header path,NAME");
    }
    return new LabelTable(name, List.of(rows.get(0)), rows.subList(1, rows.size()));
  }

  private static Failure bad(String message) {
    return new Failure(
        ExitCode.WRONG_USAGE,
        message,
        "give lines of path,LABEL with a header; paths as below the source, TAR/MEMBER in shards");
  }

  /** What messages call it. */
  String name() {
    return name;
  }

  /** Whether the line that was taken for the header begins with a path. */
  boolean isHeader(String path) {
    return header.get(0).equals(path);
  }

  /**
   * Says how many lines name no sample, which may be slips of the pen; empty if none does.
   *
   * @param known tells the paths of samples
   */
  public Optional<String> strays(Predicate<String> known) {
    List<String> paths = rows.stream().map(row -> row[0]).filter(known.negate()).toList();
    return paths.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%d of %d lines of %s name no image, the first is %s"
                .formatted(paths.size(), rows.size(), name, paths.get(0)));
  }

  /**
   * All labels by path: a column's name and its label, in the columns' order; those that are left
   * empty are empty.
   *
   * @throws Failure if a path has two labels in a column
   */
  public Map<String, Map<String, String>> labels() {
    Map<String, Map<String, String>> byPath = new HashMap<>();
    for (String name : header.subList(1, header.size())) {
      Map<String, String> column = column(Optional.of(name));
      for (String[] row : rows) {
        byPath
            .computeIfAbsent(row[0], any -> new LinkedHashMap<>())
            .put(name, column.getOrDefault(row[0], ""));
      }
    }
    return byPath;
  }

  /**
   * The labels in a column by path.
   *
   * @param column its name; empty for the first after the path
   * @throws Failure if there is no such column, or a path has two labels
   */
  Map<String, String> column(Optional<String> column) {
    int at = column.map(header::indexOf).orElse(1);
    if (at < 1) {
      throw bad(name + " has the columns " + header + ", not " + column.orElseThrow());
    }
    Map<String, String> byPath = new HashMap<>();
    for (String[] row : rows) {
      if (row.length > at) {
        String before = byPath.put(row[0], row[at]);
        if (before != null && !before.equals(row[at])) {
          throw bad(name + " gives " + row[0] + " two labels, " + before + " and " + row[at]);
        }
      }
    }
    return byPath;
  }
}
