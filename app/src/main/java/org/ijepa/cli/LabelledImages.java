package org.ijepa.cli;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.ijepa.feature.LabelTable;
import org.ijepa.feature.Labels;
import org.ijepa.source.DataSource;

/**
 * Images under a URI and their labels, before any of them is decoded: what a probe asks of its
 * labels is known then, not after hours of features.
 *
 * @param uri where they are
 * @param table of labels that was given
 * @param labels of all images, one for each column that was asked for
 */
record LabelledImages(
    String uri, DataSource source, Optional<LabelTable> table, List<Labels> labels) {
  LabelledImages {
    labels = List.copyOf(labels);
  }

  /** How many there are, those that may turn out to be unreadable with them. */
  int count() {
    return Math.toIntExact(source.index().size());
  }

  /** Class numbers of all of them within {@code classes}. */
  int[] numbers(int column, List<String> classes) {
    return labels.get(column).numbers(classes, all());
  }

  /**
   * Labels of all of them as numbers.
   *
   * @throws org.ijepa.failure.Failure if one is none
   */
  double[] values(int column) {
    return labels.get(column).values(all());
  }

  /** What of the source could not be used, a line each. */
  List<String> problems() {
    return source.problems();
  }

  /** Lines of a table of labels that name no image, in words. */
  Optional<String> strays() {
    return labels.stream().flatMap(known -> known.strays().stream()).findFirst();
  }

  /** Numbers of all of them, as samples of the source. */
  long[] all() {
    return LongStream.range(0, count()).toArray();
  }
}
