package org.ijepa.feature;

import akka.actor.typed.ActorSystem;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.source.DataSource;
import org.ijepa.source.SampleIndex;

/**
 * Labels of a source's samples, from the first of these that there is: a table that was given, the
 * {@code labels.csv} beside them, in shards their {@code .cls} or a field of their {@code .json},
 * the names of their folders.
 */
public final class Labels {
  private final List<String> names;
  private final SampleIndex index;
  private final Optional<String> strays;

  private Labels(List<String> names, SampleIndex index, Optional<String> strays) {
    this.names = names;
    this.index = index;
    this.strays = strays;
  }

  /**
   * Reads the labels of all samples.
   *
   * @param given a table of labels; empty for the one beside the images, if there is one
   * @param column of the table, or field of the {@code .json} in shards; empty for the first after
   *     the path, or the usual fields
   * @throws Failure if it is not there or samples have no label
   */
  public static Labels read(
      DataSource source,
      Optional<LabelTable> given,
      Optional<String> column,
      ActorSystem<?> system) {
    Reading reading = new Reading(source, column);
    Optional<LabelTable> table = given.or(() -> LabelTable.beside(source.store()));
    if (table.isPresent()) {
      reading.take(table.get());
    } else {
      reading.takeOwn(system);
    }
    return new Labels(reading.names(), source.index(), reading.strays);
  }

  /** The labels as far as they are known. */
  private static final class Reading {
    private final SampleIndex index;
    private final DataSource source;
    private final Optional<String> column;
    private final String[] names;

    /** What is wrong with the first sample whose own label cannot be used. */
    private long wrong = -1;

    private String why = "";

    private Optional<String> strays = Optional.empty();

    Reading(DataSource source, Optional<String> column) {
      this.source = source;
      this.column = column;
      index = source.index();
      names = new String[Math.toIntExact(index.size())];
      Arrays.fill(names, "");
    }

    void take(LabelTable table) {
      Map<String, String> byPath = table.column(column);
      Set<String> known = new HashSet<>();
      for (int i = 0; i < names.length; i++) {
        String path = index.key(i);
        known.add(path);
        names[i] = byPath.getOrDefault(path, "");
      }
      strays = table.strays(known::contains);
      wrong = Arrays.asList(names).indexOf("");
      if (wrong >= 0) {
        why = table.name() + reason(table, byPath, index.key(wrong));
      }
    }

    private static String reason(LabelTable table, Map<String, String> byPath, String path) {
      if (table.isHeader(path)) {
        return " has its line for a header, which must stand before it";
      }
      return byPath.containsKey(path) ? " leaves it empty" : " has no line for it";
    }

    void takeOwn(ActorSystem<?> system) {
      if (column.isEmpty()) {
        for (int i = 0; i < names.length; i++) {
          names[i] = index.label(i).orElse("");
        }
      } else if (!source.isSharded()) {
        String beside = source.store().describe(LabelTable.FILE);
        throw bad("there is no " + beside + " with a column " + column.get());
      }
      if (source.isSharded() && missing() > 0) {
        takeJson(system);
      }
      // A folder stands in for no single label: it would be a class of its own.
      if (column.isEmpty() && missing() == names.length) {
        for (int i = 0; i < names.length; i++) {
          String name = index.name(i);
          int slash = name.lastIndexOf('/');
          names[i] = slash < 0 ? "" : name.substring(0, slash);
        }
      }
    }

    private void takeJson(ActorSystem<?> system) {
      List<String> fields = column.map(List::of).orElse(JsonLabel.USUAL);
      source
          .json((text, sample) -> take((int) sample, text, fields), system)
          .toCompletableFuture()
          .join();
    }

    private void take(int sample, String json, List<String> fields) {
      if (!names[sample].isEmpty()) {
        return;
      }
      JsonLabel found = JsonLabel.of(json, fields);
      names[sample] = found.label();
      if (found.label().isEmpty() && wrong < 0) {
        wrong = sample;
        why = found.why();
      }
    }

    private long missing() {
      return Arrays.stream(names).filter(String::isEmpty).count();
    }

    List<String> names() {
      long missing = missing();
      if (missing > 0) {
        int first = Arrays.asList(names).indexOf("");
        throw bad(
            "%d of %d samples have no label%s, the first is %s%s"
                .formatted(
                    missing,
                    names.length,
                    column.map(name -> " " + name).orElse(""),
                    index.key(first),
                    first == wrong ? ": " + why : ""));
      }
      return List.of(names);
    }
  }

  /** Lines of the table that name none of the samples, in words. */
  public Optional<String> strays() {
    return strays;
  }

  private static Failure bad(String message) {
    return new Failure(
        ExitCode.WRONG_USAGE,
        message,
        "give labels.csv (or --labels FILE), .cls or .json in shards, or a folder for each label");
  }

  /** Distinct labels of both sets: numbers in their order, and then the others. */
  public static List<String> classes(Labels train, Labels test) {
    TreeSet<String> classes =
        new TreeSet<>(
            Comparator.comparingInt(
                    (String label) ->
                        label.matches("\\d{1,9}") ? Integer.parseInt(label) : Integer.MAX_VALUE)
                .thenComparing(Comparator.naturalOrder()));
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

  /**
   * Labels of samples as numbers.
   *
   * @throws Failure if one is none
   */
  public double[] values(long[] samples) {
    double[] values = new double[samples.length];
    for (int i = 0; i < samples.length; i++) {
      String name = names.get((int) samples[i]);
      try {
        values[i] = Double.parseDouble(name);
      } catch (NumberFormatException e) {
        values[i] = Double.NaN;
      }
      if (!Double.isFinite(values[i])) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "the label of " + index.key(samples[i]) + " is \"" + name + "\", which is no number",
            "name a label that is one with --label");
      }
    }
    return values;
  }
}
