package org.ijepa.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * How well predicted labels meet the true ones of a test set.
 *
 * @param samples test samples
 * @param correct of them predicted rightly
 * @param accuracy correct / samples
 * @param interval 95 % Wilson interval of the accuracy
 * @param balancedAccuracy mean recall of the classes in the test set
 * @param majorityAccuracy accuracy of always saying the most frequent training label
 * @param labels all labels of training and test set, ascending
 * @param confusion test samples by true label (row) and predicted label (column), in that order
 * @param classes a row for each label, in that order
 */
public record Classification(
    int samples,
    int correct,
    double accuracy,
    Interval interval,
    double balancedAccuracy,
    double majorityAccuracy,
    List<Integer> labels,
    List<List<Integer>> confusion,
    List<PerClass> classes) {

  /** More classes than this make a table that nobody reads: the JSON has it. */
  private static final int SHOWN_CLASSES = 24;

  private static final int LONGEST_NAME = 32;
  private static final int CLASS_COLUMN = 7;
  private static final int COUNT_COLUMN = 6;

  public Classification {
    labels = List.copyOf(labels);
    confusion = confusion.stream().map(List::copyOf).toList();
    classes = List.copyOf(classes);
  }

  /**
   * One class.
   *
   * @param label its label
   * @param trainSamples training samples with it; 0 means that it could not be predicted
   * @param testSamples test samples with it
   * @param predicted test samples predicted as it
   * @param correct test samples of it predicted as it
   */
  public record PerClass(int label, int trainSamples, int testSamples, int predicted, int correct) {
    /** Share of the class found; NaN where the test set has none. */
    public double recall() {
      return (double) correct / testSamples;
    }

    /** 95 % Wilson interval of the recall. */
    public Interval recallInterval() {
      return Interval.wilson(correct, testSamples);
    }

    /** Share of its predictions that are right; NaN where it was never predicted. */
    public double precision() {
      return (double) correct / predicted;
    }
  }

  /** Compares predictions with the truth; the training labels give the majority and the counts. */
  public static Classification of(int[] trainLabels, int[] testLabels, int[] predicted) {
    int[] labels =
        IntStream.concat(Arrays.stream(trainLabels), Arrays.stream(testLabels))
            .sorted()
            .distinct()
            .toArray();
    int[] trainCounts = counts(labels, trainLabels);
    int[] testCounts = counts(labels, testLabels);
    int[] predictedCounts = counts(labels, predicted);
    int[][] confusion = new int[labels.length][labels.length];
    for (int n = 0; n < testLabels.length; n++) {
      int truth = Arrays.binarySearch(labels, testLabels[n]);
      confusion[truth][Arrays.binarySearch(labels, predicted[n])]++;
    }
    List<PerClass> classes = new ArrayList<>();
    int correct = 0;
    int majority = 0;
    for (int c = 0; c < labels.length; c++) {
      correct += confusion[c][c];
      majority = trainCounts[c] > trainCounts[majority] ? c : majority;
      classes.add(
          new PerClass(
              labels[c], trainCounts[c], testCounts[c], predictedCounts[c], confusion[c][c]));
    }
    double balanced =
        classes.stream()
            .filter(one -> one.testSamples() > 0)
            .mapToDouble(PerClass::recall)
            .average()
            .orElseThrow();
    int samples = testLabels.length;
    return new Classification(
        samples,
        correct,
        (double) correct / samples,
        Interval.wilson(correct, samples),
        balanced,
        (double) testCounts[majority] / samples,
        Arrays.stream(labels).boxed().toList(),
        Arrays.stream(confusion).map(row -> Arrays.stream(row).boxed().toList()).toList(),
        classes);
  }

  private static int[] counts(int[] labels, int[] of) {
    int[] counts = new int[labels.length];
    for (int label : of) {
      counts[Arrays.binarySearch(labels, label)]++;
    }
    return counts;
  }

  /** All of it as JSON; undefined numbers are null. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("samples", samples);
    json.put("correct", correct);
    json.put("accuracy", accuracy);
    json.set("accuracy_interval_95", pair(interval));
    json.put("balanced_accuracy", balancedAccuracy);
    json.put("majority_accuracy", majorityAccuracy);
    ArrayNode names = json.putArray("labels");
    labels.forEach(names::add);
    ArrayNode matrix = json.putArray("confusion");
    for (List<Integer> row : confusion) {
      ArrayNode line = matrix.addArray();
      row.forEach(line::add);
    }
    ArrayNode table = json.putArray("classes");
    for (PerClass one : classes) {
      ObjectNode line = table.addObject();
      line.put("label", one.label());
      line.put("train_samples", one.trainSamples());
      line.put("test_samples", one.testSamples());
      line.put("predicted", one.predicted());
      line.put("correct", one.correct());
      line.put("recall", defined(one.recall()));
      line.set("recall_interval_95", pair(one.recallInterval()));
      line.put("precision", defined(one.precision()));
    }
    return json;
  }

  /** As below, with labels as the numbers that they are. */
  public String text() {
    return text(Integer::toString);
  }

  /**
   * Accuracy, then the table of classes and the confusion matrix where they are short enough.
   *
   * @param names what each label is called
   */
  public String text(IntFunction<String> names) {
    StringBuilder text = new StringBuilder(summary());
    long unseen = classes.stream().filter(one -> one.trainSamples() == 0).count();
    if (unseen > 0) {
      text.append(
          String.format(
              Locale.ROOT, "%n%d labels of the test set have no training sample", unseen));
    }
    if (labels.size() > SHOWN_CLASSES) {
      return text.append(
              String.format(Locale.ROOT, "%n%d classes: their table is in the JSON", labels.size()))
          .toString();
    }
    List<String> rows = labels.stream().map(label -> shortened(names.apply(label))).toList();
    int longest = rows.stream().mapToInt(String::length).max().orElseThrow();
    table(text, rows, Math.max(CLASS_COLUMN, longest));
    confusion(text, rows, longest);
    return text.toString();
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "…";
  }

  private void table(StringBuilder text, List<String> names, int width) {
    String name = "%" + width + "s";
    text.append(
        String.format(
            "%n%n" + name + "   train    test   found            95 %%   precision%n", "class"));
    for (int c = 0; c < names.size(); c++) {
      PerClass one = classes.get(c);
      Interval range = one.recallInterval();
      text.append(
          String.format(
              Locale.ROOT,
              name + " %7d %7d %s   %s -%s    %s%n",
              names.get(c),
              one.trainSamples(),
              one.testSamples(),
              percent(one.recall()),
              percent(range.low()),
              percent(range.high()),
              percent(one.precision())));
    }
  }

  /** Columns have room for short names; longer ones are numbered, in rows and columns alike. */
  private void confusion(StringBuilder text, List<String> names, int longest) {
    List<String> rows = names;
    List<String> columns = names;
    if (longest >= COUNT_COLUMN) {
      columns = IntStream.rangeClosed(1, names.size()).mapToObj(Integer::toString).toList();
      rows = IntStream.range(0, names.size()).mapToObj(c -> names.get(c) + " " + (c + 1)).toList();
    }
    int width = Math.max(CLASS_COLUMN, rows.stream().mapToInt(String::length).max().orElseThrow());
    String name = "%" + width + "s";
    text.append(String.format("%nconfusion (row: true label, column: predicted)%n" + name, ""));
    columns.forEach(column -> text.append(String.format("%" + COUNT_COLUMN + "s", column)));
    for (int c = 0; c < rows.size(); c++) {
      text.append(String.format("%n" + name, rows.get(c)));
      confusion
          .get(c)
          .forEach(count -> text.append(String.format("%" + COUNT_COLUMN + "d", count)));
    }
  }

  /** The accuracy in one line. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "accuracy %.1f %% (95 %%: %.1f - %.1f), %d of %d; always the most frequent label: %.1f %%",
        100 * accuracy,
        100 * interval.low(),
        100 * interval.high(),
        correct,
        samples,
        100 * majorityAccuracy);
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "      -" : String.format(Locale.ROOT, "%5.1f %%", 100 * share);
  }

  static ArrayNode pair(Interval interval) {
    ArrayNode pair = JsonNodeFactory.instance.arrayNode();
    pair.add(defined(interval.low()));
    pair.add(defined(interval.high()));
    return pair;
  }

  private static Double defined(double value) {
    return Double.isNaN(value) ? null : value;
  }
}
