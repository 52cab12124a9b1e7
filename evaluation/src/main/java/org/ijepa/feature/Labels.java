package org.ijepa.feature;

import akka.util.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.source.SampleIndex;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;

/**
 * Labels of a source's samples: a column of its {@code labels.csv} (header {@code path,NAME,…}), or
 * without such a file the labels in its shards or the names of the samples' folders.
 */
public final class Labels {
  /** Where labels are, beside the images. */
  public static final String FILE = "labels.csv";

  private final List<String> names;

  private Labels(List<String> names) {
    this.names = names;
  }

  /**
   * Reads the labels of all samples.
   *
   * @param column of labels.csv; empty for the first after the path, or the folders' names
   * @throws Failure if the column is not there or samples have no label
   */
  public static Labels read(Store store, SampleIndex index, Optional<String> column) {
    Optional<String> text = csv(store);
    if (text.isEmpty() && column.isPresent()) {
      throw bad("there is no " + store.describe(FILE) + " with a column " + column.get());
    }
    Map<String, String> byPath = text.isPresent() ? parse(text.get(), column) : Map.of();
    List<String> names = new ArrayList<>();
    long missing = 0;
    String first = "";
    for (long i = 0; i < index.size(); i++) {
      String key = index.key(i);
      String name = text.isPresent() ? byPath.get(key) : own(index, i);
      if (name == null || name.isEmpty()) {
        first = missing++ == 0 ? key : first;
        name = "";
      }
      names.add(name);
    }
    if (missing > 0) {
      throw bad(missing + " of " + index.size() + " samples have no label, the first is " + first);
    }
    return new Labels(names);
  }

  private static Optional<String> csv(Store store) {
    try {
      ByteString bytes = store.read(FILE).toCompletableFuture().join();
      return Optional.of(bytes.decodeString(StandardCharsets.UTF_8));
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

  private static Map<String, String> parse(String text, Optional<String> column) {
    List<String> lines = text.lines().toList();
    List<String> header = List.of(lines.get(0).split(",", -1));
    int at = column.map(header::indexOf).orElse(1);
    if (at < 1 || at >= header.size()) {
      throw bad(FILE + " has the columns " + header + ", not " + column.orElse("a second one"));
    }
    Map<String, String> byPath = new HashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      if (cells.length > at) {
        byPath.put(cells[0], cells[at]);
      }
    }
    return byPath;
  }

  private static String own(SampleIndex index, long sample) {
    String name = index.name(sample);
    int slash = name.lastIndexOf('/');
    return index.label(sample).orElse(slash < 0 ? "" : name.substring(0, slash));
  }

  private static Failure bad(String message) {
    return new Failure(
        ExitCode.WRONG_USAGE, message, "give labels.csv, or a folder for each label");
  }

  /** Distinct labels of both sets, sorted (as numbers where all are numbers). */
  public static List<String> classes(Labels train, Labels test) {
    TreeSet<String> classes =
        new TreeSet<>(
            (a, b) -> {
              boolean numbers = a.matches("\\d{1,9}") && b.matches("\\d{1,9}");
              return numbers
                  ? Integer.compare(Integer.parseInt(a), Integer.parseInt(b))
                  : a.compareTo(b);
            });
    classes.addAll(train.names);
    classes.addAll(test.names);
    return List.copyOf(classes);
  }

  /** Class numbers of samples within {@code classes}. */
  public int[] numbers(List<String> classes, long[] samples) {
    Map<String, Integer> byName = new HashMap<>();
    for (int i = 0; i < classes.size(); i++) {
      byName.put(classes.get(i), i);
    }
    int[] numbers = new int[samples.length];
    for (int i = 0; i < samples.length; i++) {
      numbers[i] = byName.get(names.get((int) samples[i]));
    }
    return numbers;
  }

  /** Labels of samples as numbers. */
  public double[] values(long[] samples) {
    double[] values = new double[samples.length];
    for (int i = 0; i < samples.length; i++) {
      values[i] = Double.parseDouble(names.get((int) samples[i]));
    }
    return values;
  }
}
